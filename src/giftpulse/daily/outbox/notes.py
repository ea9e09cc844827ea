"""Texts beside the daily one: questions, welcomes, answers that could not be given at once. Sent at most once each.

They overtake the daily texts of their sender, and count for its pace all the same. Whether the person still wants
texts is asked when a note is claimed, however often it was put back; and it is put back when its turn comes too long
after that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import days
from giftpulse.daily.outbox.freshness import FRESH
from giftpulse.daily.outbox.gate import COPIED, TOO_LATE
from giftpulse.daily.outbox.models import (
    ACCEPTED,
    FAILED,
    PLANNED,
    POSTING,
    SKIPPED,
    UNKNOWN,
    Note,
)  # fmt: skip
from giftpulse.daily.outbox.note_pace import Room
from giftpulse.daily.outbox.post import LONGEST_VALIDITY, RESERVE, steady
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program, Sender
from giftpulse.daily.programs.senders import sender_parameters
from giftpulse.daily.subscribers.departures import Addressee, Departure, departures
from giftpulse.ground import bulk, clock
from giftpulse.ground.database import announce
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.rest import TwilioRest
from giftpulse.twilio.segments import count

DUE = "daily.notes"
"""The announcement that there is a note to send."""

ANSWER, QUESTION = "reply:", "ask:"
"""How the keys begin of answers to what a person wrote, and of questions whether it was they who signed up."""

AT_ONCE = 20

OF_NO_USE = "it came too late to be of use"
"""Why a note is skipped that has expired. A question may be asked again."""

IN_A_MOMENT = timedelta(milliseconds=50)
"""After which a note that was held back is claimed again."""

_AGAIN = timedelta(seconds=5)
_SLOWEST = 1.0  # segments a second of a sender that no program names
_IS_QUESTION, _IS_ANSWER = Note.key.startswith(QUESTION), Note.key.startswith(ANSWER)
_UNSYNCED = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class NoteTask:
    """One note to hand over. ``gated``: :func:`steady` when it was looked whether the person wants it."""

    id: int
    sender: str
    phone: str
    body: str
    expires_at: datetime
    is_question: bool
    gated: float


@dataclass(frozen=True, slots=True)
class NoteOutcome:
    """What came of it. ``held_back``: Twilio was not asked, and it is claimed again in a moment."""

    task: NoteTask
    state: str
    sid: str | None = None
    reason: str | None = None
    raw: bytes | None = None
    held_back: bool = False


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
    send_at: datetime | None = None,
) -> bool:
    """Put a note into the outbox, unless one of that key was there already. Answers whether it is new. ``send_at``:
    not before then."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    statement = insert(Note).values(
        key=key, program_id=program_id, subscriber_id=subscriber_id, phone=phone, sender=sender, body=body,
        state=PLANNED, send_at=send_at or now, expires_at=now + expires, attempts=0, created_at=now,
    )  # fmt: skip
    added = session.scalars(statement.on_conflict_do_nothing(index_elements=[Note.key]).returning(Note.id)).all()
    if added:
        announce(session, DUE)
    return bool(added)


def senders_due(session: Session, now: datetime) -> Sequence[str]:
    """Senders that have notes to send, those first whose notes are the most urgent. Locks nothing."""
    due = select(Note.sender).where(Note.state == PLANNED, Note.send_at <= now).group_by(Note.sender)
    urgency = func.min(case((_IS_QUESTION, 1), else_=0)), func.min(Note.send_at)
    return session.scalars(due.order_by(*urgency)).all()


def claim(session: Session, sender: str, at_most: int = AT_ONCE) -> list[NoteTask] | None:
    """Claim due notes of a sender within its pace, the intent written down first; answers come before questions. What
    has expired is skipped, and so is what is for somebody who has left since it was written. None: another claim has
    the sender.

    The sender's pace is locked first, and only then the notes: somebody's STOP must not wait for them that long. Notes
    that others have locked are left to them: those that were claimed already must not wait for it.
    """
    rate = days.pace_of(session, sender, clock.now())
    if rate is None:
        return None
    now, gated = clock.now(), steady()
    standing = holds.standing(session, now)
    sends_from = None if standing.copied is None else standing.copied.sends_from
    _skip(session, sender, Note.expires_at <= now, OF_NO_USE, now)
    if sends_from is not None:
        _skip(session, sender, (Note.created_at <= sends_from) & or_(_IS_QUESTION, _IS_ANSWER), COPIED, now)
    held = {hold.scope: hold.reason for hold in standing.holds}
    why_held = held.get(holds.ALL) or held.get(holds.of_sender(sender))
    due = session.scalars(_due(sender, now, at_most)).all()
    left = departures(session, {(note.phone, note.program_id) for note in due if note.phone is not None})
    ready: list[Note] = []
    for note in due:
        if why := _worthless(note, sends_from, now):
            note.state, note.reason, note.finished_at = SKIPPED, why, now
        elif why_held:
            note.send_at, note.reason = now + _AGAIN, why_held
        elif why := _unwanted(note, left):
            note.state, note.reason, note.finished_at = SKIPPED, why, now
        else:
            ready.append(note)
    return _paced(session, rate, ready, now, gated) if ready else []


def _skip(session: Session, sender: str, which: ColumnElement[bool], why: str, now: datetime) -> None:
    """Those that nobody else has locked."""
    waiting = select(Note.id).where(Note.state == PLANNED, Note.sender == sender, which)
    mine = waiting.with_for_update(skip_locked=True).scalar_subquery()
    skipped = update(Note).where(Note.id.in_(mine)).values(state=SKIPPED, reason=why, finished_at=now)
    session.execute(skipped.execution_options(**_UNSYNCED))


def _worthless(note: Note, sends_from: datetime | None, now: datetime) -> str | None:
    """Why a note is not to be sent, whoever it is for. In a copy of an installation that goes for questions and answers
    from before it began to send: the other one heard and asked the same people. What a person wrote in the inbox was
    written here."""
    if _is_over(note.expires_at, now, is_question=_is_question(note)):
        return OF_NO_USE
    from_before = sends_from is not None and note.created_at <= sends_from
    return COPIED if from_before and note.key.startswith((QUESTION, ANSWER)) else None


def _is_over(expires_at: datetime, now: datetime, *, is_question: bool) -> bool:
    """Whether a note must not be handed over any more. A question may end with the hours in which one may be asked, and
    Twilio could deliver it after them."""
    return expires_at - now < TOO_LATE if is_question else expires_at <= now


def _due(sender: str, now: datetime, at_most: int) -> Select[Note]:
    return (
        select(Note)
        .where(Note.state == PLANNED, Note.sender == sender, Note.send_at <= now)
        .order_by(_IS_QUESTION, Note.send_at, Note.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )


def _unwanted(note: Note, left: Mapping[Addressee, Departure]) -> str | None:
    """Why nobody is to get this note any more. Whoever has left gets only what answers a later text of theirs, or the
    very STOP by which they left."""
    if note.phone is None or note.body is None:
        return "the person was erased"
    gone = left.get((note.phone, note.program_id))
    if gone is None or (note.key.startswith(ANSWER) and note.created_at >= gone.at):
        return None
    return f"the person has opted out: {gone.reason}"


def _paced(session: Session, pace: Sender, due: Sequence[Note], now: datetime, gated: float) -> list[NoteTask]:
    """Claim what the pace of a sender has room for, and put off the rest. Daily texts make room for what goes."""
    room = Room(pace.free_at, now, _rate(session, pace.sender, due))
    tasks, late = list[NoteTask](), list[Note]()
    for note in due:
        assert note.phone is not None, "notes to nobody were skipped before"
        assert note.body is not None, "notes without words were skipped before"
        if not room.take(count(note.body).segments, question=_is_question(note)):
            late.append(note)
            continue
        note.state, note.attempts = POSTING, note.attempts + 1
        task = NoteTask(note.id, note.sender, note.phone, note.body, note.expires_at, _is_question(note), gated)
        tasks.append(task)
    pace.free_at = room.free_at
    for note in late:
        note.send_at = room.questions_at if _is_question(note) else room.again_at
    session.flush()
    if any(_is_question(note) for note in due):
        _put_off_questions(session, pace.sender, now, room.questions_at)
    return tasks


def _put_off_questions(session: Session, sender: str, now: datetime, until: datetime) -> None:
    """All that are due of this sender: the next look must not take for them what is left to daily texts."""
    due = select(Note.id).where(Note.state == PLANNED, Note.sender == sender, _IS_QUESTION, Note.send_at <= now)
    # Somebody who says STOP may have some of them.
    mine = due.with_for_update(skip_locked=True).scalar_subquery()
    session.execute(update(Note).where(Note.id.in_(mine)).values(send_at=until).execution_options(**_UNSYNCED))


def _is_question(note: Note) -> bool:
    return note.key.startswith(QUESTION)


def _rate(session: Session, sender: str, due: Iterable[Note]) -> float:
    """That of the programs whose notes these are: their sender may be that of the settings, which they do not name."""
    theirs = Program.id.in_({note.program_id for note in due if note.program_id is not None})
    rates = session.scalars(select(Program.segments_per_second).where(or_(theirs, Program.sender == sender)))
    return max(rates, default=_SLOWEST)


def questions_waiting(session: Session, sender: str | None = None) -> tuple[int, datetime | None]:
    """How many questions wait in the outbox, of one sender or of all, and until when the last of them does."""
    waiting = select(func.count(), func.max(Note.send_at)).where(Note.state == PLANNED, _IS_QUESTION)
    if sender is not None:
        waiting = waiting.where(Note.sender == sender)
    number, last = session.execute(waiting).one()
    return number, last


async def post(rest: TwilioRest, task: NoteTask, fresh: float = FRESH) -> NoteOutcome:
    """One request, if it is still time for it. An answer that is lost is lost: a note is never sent twice. ``fresh``:
    seconds for which the claim's yes holds, for the claim of another sender may take long, and somebody says STOP."""
    now = clock.now()
    if _is_over(task.expires_at, now, is_question=task.is_question):
        return NoteOutcome(task, SKIPPED, reason=OF_NO_USE)
    if steady() - task.gated > fresh:
        return NoteOutcome(task, PLANNED, reason="it waited too long for its turn", held_back=True)
    try:
        message, raw = await rest.create_message(parameters(task, now), tries=1)
    except TwilioError as error:
        state = {"retry": PLANNED, "unknown": UNKNOWN}.get(error.advice, FAILED)
        return NoteOutcome(task, state, reason=str(error))
    return NoteOutcome(task, ACCEPTED, sid=message.sid, raw=raw)


def parameters(task: NoteTask, now: datetime) -> dict[str, str]:
    """The form of the request. Twilio gives up when the note is worth nothing any more, and with a question earlier:
    its end may be that of the hours in which it may arrive."""
    left = int((task.expires_at - now).total_seconds()) - (RESERVE if task.is_question else 0)
    validity = str(max(1, min(LONGEST_VALIDITY, left)))
    return {"To": task.phone, "Body": task.body, "ValidityPeriod": validity, **sender_parameters(task.sender)}


def record(session: Session, outcomes: Iterable[NoteOutcome], now: datetime) -> None:
    """Write down what came of notes."""
    for outcome in outcomes:
        note = session.get_one(Note, outcome.task.id, with_for_update=True)
        note.state, note.sid, note.reason = outcome.state, outcome.sid, outcome.reason
        if outcome.state != PLANNED:
            note.finished_at = now
        elif outcome.held_back:
            note.send_at, note.attempts = now + IN_A_MOMENT, note.attempts - 1  # it was no try
        else:
            note.send_at = now + _AGAIN


def give_up_lost(session: Session, now: datetime) -> None:
    """Notes whose sender died: nobody knows, so nobody sends them again."""
    lost = update(Note).where(Note.state == POSTING, Note.expires_at <= now)
    session.execute(lost.values(state=UNKNOWN, reason="the process that was sending it ended", finished_at=now))
