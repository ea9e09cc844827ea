"""Our books against Twilio's: every text of a day that the simulator has, compared with every row that we have."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import POSTING, UNKNOWN, Delivery
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.demo.program.begin import SENDER
from giftpulse.demo.program.director import Stop
from giftpulse.simulator import Simulator

GRACE = timedelta(seconds=1)
"""A text may be on its way to Twilio when somebody says stop; later than this after we obeyed, none may come there."""

_OPEN = (POSTING, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A text of a day at Twilio. ``delivery_id`` stands in the address of its status callback."""

    sid: str
    phone: str
    delivery_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Ours:
    """A row of ours."""

    delivery_id: int
    phone: str | None
    local_date: date
    state: str
    sid: str | None


def at_twilio(simulator: Simulator) -> list[Theirs]:
    """The texts of days that the simulator took, as it keeps them. Answers to people have no such callback."""
    found = []
    for message in simulator.world.account().messages:
        named = parse_qs(urlsplit(message.callback or "").query).get("delivery")
        if named and message.from_ == SENDER and message.direction == "outbound-api":
            found.append(Theirs(message.sid, message.to, int(named[0]), message.created))
    return found


def in_our_books(session: Session) -> list[Ours]:
    """All rows."""
    rows = select(Delivery, Subscriber.phone).join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    return [Ours(row.id, phone, row.local_date, row.state, row.sid) for row, phone in session.execute(rows)]


def violations(theirs: Sequence[Theirs], ours: Iterable[Ours], stops: Iterable[Stop]) -> list[str]:
    """Everything that must not be, in words; empty when both books agree and every promise was kept."""
    books = {row.delivery_id: row for row in ours}
    return [*_twice(theirs, books), *_unlike(theirs, books), *_after_stop(theirs, stops)]


def _twice(theirs: Sequence[Theirs], books: Mapping[int, Ours]) -> list[str]:
    """By Twilio's own numbers and, where we know nothing of a text, by the UTC date: not by our SIDs."""
    days = Counter((text.phone, _date(text, books)) for text in theirs)
    return [f"{phone} got {number} texts for {on}" for (phone, on), number in days.items() if number > 1]


def _date(text: Theirs, books: Mapping[int, Ours]) -> date:
    row = books.get(text.delivery_id)
    return row.local_date if row else text.at.date()


def _unlike(theirs: Sequence[Theirs], books: Mapping[int, Ours]) -> list[str]:
    found, sids = [], {text.sid for text in theirs}
    for text in theirs:
        row = books.get(text.delivery_id)
        if row is None or row.phone != text.phone:
            found.append(f"Twilio has {text.sid} for somebody that our books do not name")
        elif row.sid != text.sid and row.state not in _OPEN:
            found.append(f"Twilio has {text.sid}, and our books say {row.state} ({row.sid})")
    lost = [row for row in books.values() if row.sid is not None and row.sid not in sids]
    return [*found, *(f"our books have {row.sid}, and Twilio has not" for row in lost)]


def _after_stop(theirs: Sequence[Theirs], stops: Iterable[Stop]) -> list[str]:
    found = []
    for stop in stops:
        if stop.obeyed_at is None:
            found.append(f"the stop of {stop.phone} was not obeyed")
            continue
        late = [text for text in theirs if text.phone == stop.phone and text.at > stop.obeyed_at + GRACE]
        found += [f"{text.sid} went out after {stop.phone} had said stop" for text in late]
    return found
