"""Whose a message of Twilio's list is. Several texts to one number may be looked for at a time, and a message that one
of them takes wrongly is missed by another, which then goes twice."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.compose import body_hash
from giftpulse.daily.outbox.models import POSTING, UNKNOWN, Delivery, Note, delivery_id
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk
from giftpulse.twilio.dates import parse_instant
from giftpulse.twilio.records import MessageRecord

_FAR_BACK = timedelta(hours=12)  # where our own words are looked for: more than any two clocks differ
_NEAR = timedelta(minutes=10)  # where another text of our sender may be ours, changed on its way
_DAYS = range(-4, 5)  # around a text: all of which the list could still be asked for


@dataclass(frozen=True, slots=True)
class Open:
    """A row to settle. ``posted_at`` is the claim that it is open for."""

    id: int
    program_id: int
    local_date: date
    sender: str | None
    phone: str | None
    posted_at: datetime
    window_end: datetime
    lost: int
    segments: int
    body_hash: bytes
    reason: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of Twilio's list that may be a row's. ``same``: it has our very words; ``by_us``: it is of our
    sender."""

    sid: str
    raw: bytes
    same: bool
    by_us: bool
    created: datetime
    apart: timedelta
    words: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What Twilio's list says of a row, the likeliest first; ``asked`` False when it could not be asked."""

    row: Open
    asked: bool
    listed: Sequence[Listed] = ()


def may_be(raw: bytes, row: Open) -> Listed | None:
    """Our own words are ours however our clocks differ. Other words may be ours as well, for Twilio changes texts (a
    trial's prefix, smart encoding, redaction): those of our sender at about that time."""
    try:
        message = msgspec.json.decode(raw, type=MessageRecord)
    except msgspec.MsgspecError:
        return None
    created = parse_instant(message.date_created)
    if message.direction == "inbound" or created is None:
        return None
    apart = abs(created - row.posted_at)
    words = body_hash(message.body or "")
    same = words == row.body_hash
    by_us = row.sender in (message.from_, message.messaging_service_sid)
    if (same and apart <= _FAR_BACK) or (by_us and message.direction == "outbound-api" and apart <= _NEAR):
        return Listed(message.sid, raw, same, by_us, created, apart, words)
    return None


def likeliest(listed: Iterable[Listed]) -> Sequence[Listed]:
    """The likeliest first."""
    return sorted(listed, key=lambda each: (not each.same, not each.by_us, each.apart))


def own_words(found: Sequence[Found], taken: Collection[str | None]) -> dict[int, Listed]:
    """Each row the message that has its very words, by the row's id: first those of its own sender, for two programs
    may say the same from two."""
    given, gone = dict[int, Listed](), set(taken)
    for by_us in (True, False):
        for each in found:
            fits = (one for one in each.listed if one.same and one.by_us >= by_us and one.sid not in gone)
            if each.row.id not in given and (mine := next(fits, None)) is not None:
                given[each.row.id] = mine
                gone.add(mine.sid)
    return given


@dataclass
class Others:
    """What else went to the numbers of some rows, or may have: ``words``, the hashes of all texts to a number, and
    ``under_way``, the claims of rows that nobody knows the outcome of. ``noted``: to whom a note is under way, or was
    so between two instants and nobody knows what came of it."""

    words: dict[str, set[bytes]] = field(default_factory=dict)
    under_way: dict[str, dict[int, datetime]] = field(default_factory=dict)
    noted: dict[str, list[tuple[datetime, datetime | None]]] = field(default_factory=dict)

    def may_have(self, phone: str | None, listed: Listed) -> bool:
        """Whether a message in other words may be a text to that number. It is not where it has those of another."""
        return listed.words not in self.words.get(phone or "", ())

    def is_contested(self, row: Open, listed: Listed) -> bool:
        """Whether a message in other words may as well be something else that is under way to this number."""
        claims = self.under_way.get(row.phone or "", {})
        near = [abs(listed.created - posted) <= _NEAR for other, posted in claims.items() if other != row.id]
        notes = [
            begin - _NEAR <= listed.created and (end is None or listed.created <= end + _NEAR)
            for begin, end in self.noted.get(row.phone or "", ())
        ]
        return any(near) or any(notes)

    def settled(self, row: Open) -> None:
        """This one is no longer under way."""
        self.under_way.get(row.phone or "", {}).pop(row.id, None)


def others(session: Session, found: Iterable[Found]) -> Others:
    """What else went to the numbers of these rows, asked only where a message in other words may be one's."""
    rows = [each.row for each in found if not all(listed.same for listed in each.listed)]
    dates = {row.local_date + timedelta(away) for row in rows for away in _DAYS}
    phones = {row.phone for row in rows if row.phone is not None}
    seen = Others()
    if not phones:
        return seen
    known = session.execute(select(Subscriber.id, Subscriber.phone).where(Subscriber.phone.in_(phones)))
    people = {row.id: row.phone for row in known}
    ids = [delivery_id(person, on) for person in people for on in dates]
    theirs = select(Delivery.id, Delivery.subscriber_id, Delivery.state, Delivery.posted_at, Delivery.body_hash)
    for row in session.execute(theirs.where(bulk.among(session, Delivery.id, ids))):
        phone = people[row.subscriber_id]
        if row.body_hash:
            seen.words.setdefault(phone, set()).add(row.body_hash)
        if row.state in (POSTING, UNKNOWN) and row.posted_at is not None:
            seen.under_way.setdefault(phone, {})[row.id] = row.posted_at
    notes = select(Note.phone, Note.state, Note.body, Note.sid, Note.created_at, Note.finished_at)
    for note in session.execute(notes.where(Note.phone.in_(phones))):
        if note.body is not None:
            seen.words.setdefault(note.phone, set()).add(body_hash(note.body))
        if note.state == POSTING or (note.state == UNKNOWN and note.sid is None):
            seen.noted.setdefault(note.phone, []).append((note.created_at, note.finished_at))
    return seen
