"""Hearing what the webhook did not tell: inbound texts of the record that nobody has answered. One step of a round.

A webhook is answered at its door. What was lost on the way, or could not be answered there, comes here by the next
poll; TwiML is impossible then, so the answer is a note in the outbox.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.answer import Answer, Way, answer
from giftpulse.daily.inbound.hear import Heard, from_entry
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.recall import recall
from giftpulse.daily.outbox import notes
from giftpulse.daily.programs import holds
from giftpulse.ground import bulk, clock
from giftpulse.ground.site import Site
from giftpulse.logs import readers, store
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import POSITION_BITS, LogBatch, LogChange, LogEntry
from giftpulse.logs.readers import entry_of

log = logging.getLogger(__name__)

READER = "inbound"

GRACE = timedelta(seconds=15)
"""How long a text that came by webhook is left to its door: as long as Twilio waits for the answer."""

TOO_OLD = timedelta(hours=24)
"""An older text is obeyed, but nobody waits for an answer any more."""

_EXPIRES = timedelta(minutes=10)
_PUSHED = ("inbound", "events")
_NONE_INBOUND = ("callback", "debugger", "sent")
"""Sources whose batches hold no inbound text, and need not be read."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A text of the record that nobody has answered, and the batch that it is owed in."""

    batch: int
    entry: Entry
    said: str | None
    is_fresh: bool


def enrol(site: Site) -> None:
    """Become a reader of the record: every batch from now on is owed to us."""
    with site.database.begin() as session:
        store.add_reader(session, READER, clock.now())


def listen(site: Site) -> bool:
    """Obey and answer what is owed. True when there was something, and there may be more."""
    with site.database.begin() as session:
        batches = readers.claim(session, READER, clock.now())
    if not batches:
        return False
    try:
        left = _hear(site, batches)
    except Exception:
        # A claim that is not given back would hold its batches up for as long as it lasts.
        with site.database.begin() as session:
            readers.release(session, READER, batches)
        raise
    done = [batch for batch in batches if batch not in left]
    with site.database.begin() as session:
        readers.settle(session, READER, done)
    return bool(done)


def _hear(site: Site, batches: Sequence[int]) -> set[int]:
    """Answer what is in these batches, and tell which are not done: they are owed again when the claim ends."""
    with site.database.read() as session:
        found = unanswered(session, batches)
    fresh = {one.batch for one in found if one.is_fresh}
    if fresh:
        with site.database.begin() as session:
            readers.put_off(session, READER, sorted(fresh), clock.now() + GRACE)
    waiting = [one for one in found if one.batch not in fresh]
    bodies = {} if site.settings.store_bodies else recall(site, _unknown(waiting))
    failed = set()
    for one in waiting:
        text = _heard(one, bodies)
        # Without its words (Event Streams tell none) a text is not due before another change brings them.
        is_done = _answered(site, text) if text else site.settings.store_bodies or one.entry.body is not None
        if not is_done:
            failed.add(one.batch)
    return fresh | failed


def unanswered(session: Session, batches: Sequence[int]) -> list[Unanswered]:
    """The inbound texts of these batches that nobody has answered, in the order in which they were written down."""
    worth = select(LogBatch.id).where(bulk.among(session, LogBatch.id, batches), LogBatch.source.not_in(_NONE_INBOUND))
    now, found = clock.now(), []
    for batch in session.scalars(worth.order_by(LogBatch.id)).all():
        first = batch << POSITION_BITS
        statement = (
            select(LogEntry, LogChange)
            .join(LogChange, LogEntry.id == LogChange.log_id)
            .where(LogChange.id >= first, LogChange.id < first + (1 << POSITION_BITS))
            .where(LogEntry.kind == "message", LogEntry.direction == "inbound")
            .where(~select(InboundText.id).where(InboundText.message_sid == LogEntry.sid).exists())
            .order_by(LogChange.id)
        )
        for entry, change in session.execute(statement):
            is_fresh = change.source in _PUSHED and change.seen_at > now - GRACE
            found.append(Unanswered(batch, entry_of(entry), change.said, is_fresh))
    return found


def _unknown(waiting: Sequence[Unanswered]) -> list[str]:
    return sorted({one.entry.sid for one in waiting if one.entry.body is None})


def _heard(one: Unanswered, bodies: dict[str, str]) -> Heard | None:
    entry = one.entry
    if entry.body is None and entry.sid in bodies:
        entry = msgspec.structs.replace(entry, body=bodies[entry.sid])
    return from_entry(entry, one.said)


def _answered(site: Site, text: Heard) -> bool:
    """Whether a text is done with, in a transaction of its own: one that cannot be answered holds up no other."""
    now = clock.now()
    try:
        with site.database.begin() as session:
            done = answer(session, site, text, now, way=_way(session, text, now))
            if done.reply is not None:
                _note(session, text, done, now)
    except Exception:
        log.exception("a text could not be answered; it is tried again", extra={"message_sid": text.message_sid})
        return False
    return True


def _way(session: Session, text: Heard, now: datetime) -> Way:
    if now - text.received_at > TOO_OLD:
        return "none"
    sends_from = holds.sends_from(session, now)
    return "copied" if sends_from is not None and text.received_at <= sends_from else "rest"


def _note(session: Session, text: Heard, done: Answer, now: datetime) -> None:
    assert done.reply is not None
    notes.write(
        session,
        key=f"{notes.ANSWER}{text.message_sid}",
        sender=text.messaging_service_sid or text.to,
        phone=text.number or text.phone,
        body=done.reply,
        now=now,
        expires=_EXPIRES,
        program_id=done.program_id,
        subscriber_id=done.subscriber_id,
    )
