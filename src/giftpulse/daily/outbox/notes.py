"""Texts beside the daily one: questions, welcomes, answers that could not be given at once. Sent at most once each.

They overtake the daily texts of their sender, and count for its pace all the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import days, pace
from giftpulse.daily.outbox.models import (
    ACCEPTED,
    FAILED,
    PLANNED,
    POSTING,
    SKIPPED,
    UNKNOWN,
    Note,
)  # fmt: skip
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_parameters
from giftpulse.ground import bulk
from giftpulse.ground.database import announce
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.rest import TwilioRest
from giftpulse.twilio.segments import count

DUE = "daily.notes"
"""The announcement that there is a note to send."""

AT_ONCE = 20
_AGAIN = timedelta(seconds=5)
_SLOWEST = 1.0  # segments a second of a sender that no program names


@dataclass(frozen=True, slots=True)
class NoteTask:
    """One note to hand over."""

    id: int
    sender: str
    phone: str
    body: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NoteOutcome:
    """What came of it."""

    task: NoteTask
    state: str
    sid: str | None = None
    reason: str | None = None
    raw: bytes | None = None


def write(
    session: Session,
    *,
    key: str,
    sender: str,
    phone: str,
    body: str,
    now: datetime,
    expires: timedelta,
    program_id: int | None = None,
    subscriber_id: int | None = None,
) -> bool:
    """Put a note into the outbox, unless one of that key was there already. Answers whether it is new."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    statement = insert(Note).values(
        key=key, program_id=program_id, subscriber_id=subscriber_id, phone=phone, sender=sender, body=body,
        state=PLANNED, send_at=now, expires_at=now + expires, attempts=0, created_at=now,
    )  # fmt: skip
    added = session.scalars(statement.on_conflict_do_nothing(index_elements=[Note.key]).returning(Note.id)).all()
    if added:
        announce(session, DUE)
    return bool(added)


def claim(session: Session, now: datetime) -> list[NoteTask]:
    """Claim due notes, the intent written down first. What has expired is skipped."""
    over = update(Note).where(Note.state == PLANNED, Note.expires_at <= now)
    session.execute(over.values(state=SKIPPED, reason="it came too late to be of use", finished_at=now))
    held = {hold.scope: hold.reason for hold in holds.open_holds(session, now)}
    due = (
        select(Note)
        .where(Note.state == PLANNED, Note.send_at <= now)
        .order_by(Note.send_at, Note.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    tasks: list[NoteTask] = []
    for note in session.scalars(due):
        if why := held.get(holds.ALL) or held.get(holds.of_sender(note.sender)):
            note.send_at, note.reason = now + _AGAIN, why
        elif note.phone is None or note.body is None:
            note.state, note.reason, note.finished_at = SKIPPED, "the person was erased", now
        else:
            note.state, note.attempts = POSTING, note.attempts + 1
            tasks.append(NoteTask(note.id, note.sender, note.phone, note.body, note.expires_at))
    _take_pace(session, tasks, now)
    return tasks


def _take_pace(session: Session, tasks: Iterable[NoteTask], now: datetime) -> None:
    """The segments of notes move the pace of their senders on, so that daily texts make room for them."""
    segments: Counter[str] = Counter()
    for task in tasks:
        segments[task.sender] += count(task.body).segments
    for sender in sorted(segments):
        row = days.pace_of(session, sender, now)
        row.free_at = pace.taken(row.free_at, now, _rate(session, sender), segments[sender])


def _rate(session: Session, sender: str) -> float:
    rates = session.scalars(select(Program.segments_per_second).where(Program.sender == sender))
    return max(rates, default=_SLOWEST)


async def post(rest: TwilioRest, task: NoteTask) -> NoteOutcome:
    """One request. An answer that is lost is lost: a note is never sent twice."""
    try:
        form = {"To": task.phone, "Body": task.body, **sender_parameters(task.sender)}
        message, raw = await rest.create_message(form, tries=1)
    except TwilioError as error:
        state = {"retry": PLANNED, "unknown": UNKNOWN}.get(error.advice, FAILED)
        return NoteOutcome(task, state, reason=str(error))
    return NoteOutcome(task, ACCEPTED, sid=message.sid, raw=raw)


def record(session: Session, outcomes: Iterable[NoteOutcome], now: datetime) -> None:
    """Write down what came of notes."""
    for outcome in outcomes:
        note = session.get_one(Note, outcome.task.id, with_for_update=True)
        note.state, note.sid, note.reason = outcome.state, outcome.sid, outcome.reason
        if outcome.state == PLANNED:
            note.send_at = now + _AGAIN
        else:
            note.finished_at = now


def give_up_lost(session: Session, now: datetime) -> None:
    """Notes whose sender died: nobody knows, so nobody sends them again."""
    lost = update(Note).where(Note.state == POSTING, Note.expires_at <= now)
    session.execute(lost.values(state=UNKNOWN, reason="the process that was sending it ended", finished_at=now))
