"""What happened to a daily text, as lines of a story."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import (
    FAILED,
    POSTING,
    SKIPPED,
    UNKNOWN,
    Delivery,
    DeliveryEvent,
)  # fmt: skip
from giftpulse.daily.outbox.states import ENDS
from giftpulse.daily.story.line import Line
from giftpulse.daily.story.record import meaning
from giftpulse.ground import bulk
from giftpulse.logs.entry import MICROS


def events_of(session: Session, rows: Iterable[Delivery]) -> dict[int, list[DeliveryEvent]]:
    """The events of each row, the oldest first."""
    ids = [row.id for row in rows]
    asked = select(DeliveryEvent).where(bulk.among(session, DeliveryEvent.delivery_id, ids))
    found: dict[int, list[DeliveryEvent]] = defaultdict(list)
    for event in session.scalars(asked.order_by(DeliveryEvent.id)):
        found[event.delivery_id].append(event)
    return found


def text_lines(row: Delivery, events: Iterable[DeliveryEvent]) -> Iterator[Line]:
    """The attempt, what was out of the ordinary, and the end."""
    if row.posted_at is not None:
        yield _line(row, row.posted_at, "handed to Twilio", _attempt(row), row.sid)
    for event in events:
        yield _line(row, event.at, event.what, event.why, row.sid)
    if row.state in (POSTING, UNKNOWN):
        until = f"; looked at again from {row.claimed_until:%H:%M:%S} UTC on" if row.claimed_until else ""
        why = (row.reason or "no answer has come yet") + until
        what = "being handed over" if row.state == POSTING else "nobody knows whether Twilio has it"
        yield _line(row, row.posted_at or row.send_at, what, why, row.sid)
    if row.state in ENDS:
        yield _line(row, _ended(row), row.state, _outcome(row), row.sid)


def _attempt(row: Delivery) -> str:
    segments = f", {row.segments} segment{'s' if row.segments != 1 else ''} by our count" if row.segments else ""
    return f"attempt {row.attempts}{segments}" + (f", message {row.sid}" if row.sid else ", no SID is known")


def _ended(row: Delivery) -> datetime:
    return row.finished_at or row.posted_at or row.send_at


def _outcome(row: Delivery) -> str:
    parts = [row.reason] if row.reason and row.state in (SKIPPED, FAILED) else []
    if row.error_code is not None:
        parts.append(meaning(row.error_code))
    if row.billed_segments is not None:
        parts.append(f"billed as {row.billed_segments} of {row.segments} predicted")
    if row.price_micros is not None:
        parts.append(f"{abs(row.price_micros) / MICROS:g} {row.price_unit or ''}".rstrip())
    return "; ".join(parts) or "as Twilio says"


def _line(row: Delivery, at: datetime, what: str, why: str, sid: str | None) -> Line:
    return Line(at, "text", what, why, row.local_date, row.id, sid, after=row.posted_at)
