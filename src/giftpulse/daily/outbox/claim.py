"""Claiming: due rows of one program pass the gate and become intents, in one transaction, before anything is sent.

The sender's row is locked first: it holds the pace for all processes, and so there is one claim at a time for a sender.
A claim that nobody finished (its process died) is settled by asking Twilio, never by sending again blindly (settle.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.editions import store as editions
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox import days, pace
from giftpulse.daily.outbox.compose import Composed, compose, has_footer
from giftpulse.daily.outbox.gate import Candidate, Skip, Wait, gate
from giftpulse.daily.outbox.models import PLANNED, POSTING, SKIPPED, Delivery
from giftpulse.daily.outbox.post import Task, steady
from giftpulse.daily.outbox.states import MAY_HAVE_GONE
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import CHANGED
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.database import announce, instant_text

LEASE = timedelta(seconds=90)
"""Longer than one request to Twilio may take (``TWILIO_TIMEOUT_SECONDS``, 30) with all waiting around it."""

_REPLANNED_WITHIN = timedelta(minutes=2)
_LOOK_BACK = 3  # days before and after: further than 20 hours, whatever dates the zones have
_DELIVERIES = cast(Table, Delivery.__table__)
_POSTED = ("state", "attempts", "claimed_until", "posted_at", "edition_id", "body_hash", "segments", "reason")


@dataclass
class Claimed:
    """What a claim brought: texts to post, how many rows were skipped, and when to look again if nothing could go."""

    tasks: list[Task] = field(default_factory=list)
    skipped: int = 0
    put_off: int = 0
    again_at: datetime | None = None
    waits_for: str = ""


@dataclass
class _Batch:
    """The rows to write."""

    posted: list[tuple[Any, ...]] = field(default_factory=list)
    skipped: list[tuple[Any, ...]] = field(default_factory=list)
    put_off: list[tuple[Any, ...]] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)


def claim(session: Session, program: Program, sender: str, now: datetime, at_most: int) -> Claimed:
    """Claim up to ``at_most`` due texts of a program that nothing holds."""
    done = Claimed()
    rate = days.pace_of(session, sender, now)
    allowed = pace.allowance(rate.free_at, now, program.segments_per_second)
    if not allowed.segments:
        done.again_at, done.waits_for = allowed.again_at, f"the pace of {sender}"
        return done
    due = _due(session, program.id, now, min(at_most, allowed.segments))
    if not due:
        return done
    dates = sorted({row.local_date for row in due})
    today = {on: days.day_of(session, program, on) for on in dates}
    texts = editions.approved_for(session, program.id, dates)
    last_texts = _last_texts(session, due)
    batch, left = _Batch(), allowed.segments
    for row in due:
        day = today[row.local_date]
        if row.audience_id != row.theirs:
            # They moved since this was planned for another window: it is planned anew, and looked at again after that.
            batch.moved.append(row.subscriber_id)
            batch.put_off.append(
                (row.id, instant_text(now + _REPLANNED_WITHIN), "the person moved; it is planned anew")
            )
            continue
        verdict = gate(_candidate(row, last_texts.get(row.subscriber_id)), now)
        if isinstance(verdict, Skip):
            batch.skipped.append((row.id, SKIPPED, verdict.reason, instant_text(now)))
            continue
        if isinstance(verdict, Wait):
            batch.put_off.append((row.id, instant_text(verdict.until), verdict.reason))
            continue
        if days.is_full(day):
            done.again_at, done.waits_for = now + days.CANARY_LOOK, "the outcome of the first slice"
            continue
        edition = _edition(session, program, texts, row, now)
        composed = _composed(program, edition, row)
        if program.daily_cap is not None and day.segments + composed.segments > program.daily_cap:
            reason = f"the budget of {program.daily_cap} segments for {row.local_date} is used up"
            batch.skipped.append((row.id, SKIPPED, reason, instant_text(now)))
            continue
        if composed.segments > left and batch.posted:
            break  # a longer text than the pace leaves room for; it is the first of the next batch
        left -= composed.segments
        days.count(day, composed.segments, now)
        batch.posted.append(_intent(row, edition, composed, now))
        done.tasks.append(_task(program, sender, row, composed, now))
        last_texts[row.subscriber_id] = now
    taken = allowed.segments - left
    rate.free_at = pace.taken(rate.free_at, now, program.segments_per_second, taken)
    _write(session, batch)
    done.skipped, done.put_off = len(batch.skipped), len(batch.put_off)
    return done


def _due(session: Session, program_id: int, now: datetime, at_most: int) -> Sequence[Row[Any]]:
    due = (
        select(
            Delivery.id, Delivery.subscriber_id, Delivery.local_date, Delivery.send_at, Delivery.window_end,
            Delivery.attempts, Delivery.audience_id, Subscriber.audience_id.label("theirs"), Subscriber.phone,
            Subscriber.first_name, Subscriber.status, Subscriber.status_reason, Subscriber.paused_until,
            Subscriber.language, Subscriber.theme, Subscriber.share,
        )
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.program_id == program_id, Delivery.state == PLANNED, Delivery.send_at <= now)
        .order_by(Delivery.send_at)
        .limit(at_most)
    )  # fmt: skip
    found = session.execute(due.with_for_update(skip_locked=True, of=Delivery)).all()
    return cast("Sequence[Row[Any]]", found)


def _last_texts(session: Session, due: Sequence[Row[Any]]) -> dict[int, datetime]:
    """When each person's last text went that they have, or may have. A delivery's id holds person and day, so that
    their
    days around this one are known by id, and one question by the primary key finds them for everybody."""
    near = [row.id + days_away for row in due for days_away in range(-_LOOK_BACK, _LOOK_BACK + 1) if days_away]
    texts = select(Delivery.subscriber_id, Delivery.posted_at).where(
        bulk.among(session, Delivery.id, near), Delivery.state.in_(MAY_HAVE_GONE)
    )
    found: dict[int, datetime] = {}
    for subscriber_id, posted_at in session.execute(texts):
        if posted_at is not None:
            found[subscriber_id] = max(posted_at, found.get(subscriber_id, posted_at))
    return found


def _candidate(row: Row[Any], last_text_at: datetime | None) -> Candidate:
    return Candidate(
        local_date=row.local_date,
        send_at=row.send_at,
        window_end=row.window_end,
        phone=row.phone,
        status=row.status,
        status_reason=row.status_reason,
        paused_until=row.paused_until,
        last_text_at=last_text_at,
    )


_Texts = dict[tuple[date, str, str], Edition]


def _edition(session: Session, program: Program, texts: _Texts, row: Row[Any], now: datetime) -> Edition:
    """The person's text of that date. Where none is ready, the library steps in now: nobody waits for a writer."""
    language, theme = row.language or program.language, row.theme or ""
    found = editions.pick(cast("Mapping[Any, Edition]", texts), program, row.local_date, language, theme)
    if found is None:
        found = editions.ensure(session, program, row.local_date, language, theme, now)
        texts[found.local_date, found.language, found.theme] = found
    return found


def _composed(program: Program, edition: Edition, row: Row[Any]) -> Composed:
    footer = program.footer if has_footer(program.footer_every, row.share, row.local_date) else ""
    return compose(edition.text, row.first_name, edition.language, footer)


def _intent(row: Row[Any], edition: Edition, composed: Composed, now: datetime) -> tuple[Any, ...]:
    return (
        row.id, POSTING, row.attempts + 1, instant_text(now + LEASE), instant_text(now), edition.id, composed.hash,
        composed.segments, None,
    )  # fmt: skip


def _task(program: Program, sender: str, row: Row[Any], composed: Composed, now: datetime) -> Task:
    return Task(
        delivery_id=row.id,
        program_id=program.id,
        subscriber_id=row.subscriber_id,
        local_date=row.local_date,
        posted_at=now,
        attempts=row.attempts + 1,
        segments=composed.segments,
        sender=sender,
        phone=row.phone,
        body=composed.body,
        window_end=row.window_end,
        gated=steady(),
    )


def _write(session: Session, batch: _Batch) -> None:
    bulk.update(session, _DELIVERIES, "id", _POSTED, batch.posted)
    bulk.update(session, _DELIVERIES, "id", ("state", "reason", "finished_at"), batch.skipped)
    bulk.update(session, _DELIVERIES, "id", ("send_at", "reason"), batch.put_off)
    if batch.moved:
        session.execute(update(Subscriber).where(bulk.among(session, Subscriber.id, batch.moved)).values(moved=True))
        announce(session, CHANGED)
