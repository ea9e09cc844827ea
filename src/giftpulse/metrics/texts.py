"""The outbox of texts: what is due and has not gone, what nobody knows of, what holds it up, and the pace."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import PLANNED, POSTING, UNKNOWN, Delivery, Note
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program, Sender
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground.site import Site
from giftpulse.metrics.families import age, gauge, one

_BY = ("program",)


def collect(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    """Five queries, however many programs there are. A program is named by its slug."""
    due = (Delivery.program_id == Program.id) & (Delivery.state == PLANNED) & (Delivery.send_at <= now)
    number = select(func.count()).select_from(Delivery).where(due).correlate(Program).scalar_subquery()
    first = select(func.min(Delivery.send_at)).where(due).correlate(Program).scalar_subquery()
    alive = select(Program, number, first).where(Program.deleted_at.is_(None)).order_by(Program.id)
    rows = session.execute(alive).all()
    programs = [program for program, _, _ in rows]
    yield gauge(
        "giftpulse_texts_due",
        "Planned texts of a program whose time has come and that have not gone",
        [((program.slug,), number) for program, number, _ in rows],
        _BY,
    )
    yield gauge(
        "giftpulse_texts_oldest_due_age_seconds",
        "Seconds since the first of these was due; 0 if there is none",
        [((program.slug,), age(now, oldest)) for program, _, oldest in rows],
        _BY,
    )
    yield from _open(session, programs)
    notes = select(func.count()).select_from(Note).where(Note.state == PLANNED, Note.send_at <= now)
    yield gauge(
        "giftpulse_notes_due", "Notes (welcomes, questions, answers) that are due", one(session.scalar(notes) or 0)
    )
    yield from _holds(session, now)
    yield from _pace(session, site, programs, now)


def _open(session: Session, programs: Sequence[Program]) -> Iterator[Metric]:
    grouped = select(Delivery.program_id, Delivery.state, func.count()).where(Delivery.state.in_((POSTING, UNKNOWN)))
    found = session.execute(grouped.group_by(Delivery.program_id, Delivery.state)).all()
    numbers = {(program_id, state): number for program_id, state, number in found}
    yield gauge(
        "giftpulse_texts_open",
        "Texts on their way to Twilio (posting), or of which nobody knows whether Twilio took them (unknown)",
        [((p.slug, state), numbers.get((p.id, state), 0)) for p in programs for state in (POSTING, UNKNOWN)],
        ("program", "state"),
    )


def _holds(session: Session, now: datetime) -> Iterator[Metric]:
    # The scope of a sender's hold names its number: of the scope only its kind is told.
    held = Counter((each.scope.partition(":")[0], each.cause) for each in holds.open_holds(session, now))
    yield gauge(
        "giftpulse_holds",
        "Holds in force by scope (all, sender, program) and cause (operator, account, sender, breaker, canary, copied)",
        held.items(),
        ("scope", "cause"),
    )


def _pace(session: Session, site: Site, programs: Sequence[Program], now: datetime) -> Iterator[Metric]:
    free_at = {row.sender: row.free_at for row in session.scalars(select(Sender))}
    busy = {program.slug: free_at.get(sender_of(program, site.settings) or "") for program in programs}
    yield gauge(
        "giftpulse_sender_busy_seconds",
        "Seconds until the sender of a program may send its next segment",
        [((slug,), max(0.0, (at - now).total_seconds()) if at else 0.0) for slug, at in busy.items()],
        _BY,
    )
    yield gauge(
        "giftpulse_sender_pace_segments_per_second",
        "Segments a second that a program allows its sender",
        [((program.slug,), program.segments_per_second) for program in programs],
        _BY,
    )
