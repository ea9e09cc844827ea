"""How far back a poll looks, and what it remembers afterwards. The first part is pure.

Twilio cannot be asked "what changed since": lists have no filter on updates, rows change for hours (a message may
wait ten hours in the queue), and rows that were never sent have no date to filter by. So every poll overlaps.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from giftpulse.logs.models import LogCursor

EACH_POLL = timedelta(minutes=60)
HOURLY = timedelta(hours=13)  # ten hours of queue, and slack for the carriers
DAILY = timedelta(hours=72)


@dataclass(frozen=True)
class Sweep:
    """How far back to walk, and why."""

    cutoff: datetime
    hourly: bool = False
    daily: bool = False


def plan(cursor: LogCursor | None, now: datetime, first_look: timedelta) -> Sweep:
    """The next sweep of a resource. The first ever looks ``first_look`` back."""
    if cursor is None or cursor.watermark is None:
        return Sweep(now - first_look, hourly=True, daily=True)
    daily = _due(cursor.daily_sweep_at, now, timedelta(hours=24))
    hourly = daily or _due(cursor.hourly_sweep_at, now, timedelta(hours=1))
    overlap = DAILY if daily else HOURLY if hourly else EACH_POLL
    return Sweep(min(cursor.watermark, now) - overlap, hourly, daily)


def _due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or now - last >= every or last > now


def succeeded(session: Session, account_sid: str, resource: str, sweep: Sweep, started: datetime) -> None:
    """Remember a sweep that came to its end. The watermark is when it began: what came later, the next one sees.
    It moves on an empty success too, or silence would look like blindness."""
    cursor = _of(session, account_sid, resource)
    cursor.watermark = started
    cursor.last_success_at = cursor.last_attempt_at = started
    cursor.hourly_sweep_at = started if sweep.hourly else cursor.hourly_sweep_at
    cursor.daily_sweep_at = started if sweep.daily else cursor.daily_sweep_at
    cursor.failures, cursor.last_error = 0, None


def failed(session: Session, account_sid: str, resource: str, reason: str, started: datetime) -> None:
    """Remember a sweep that broke off. The watermark stays, so the next one covers the same ground."""
    cursor = _of(session, account_sid, resource)
    cursor.last_attempt_at = started
    cursor.failures += 1
    cursor.last_error = reason[:1000]


def _of(session: Session, account_sid: str, resource: str) -> LogCursor:
    cursor = session.get(LogCursor, (account_sid, resource))
    if cursor is None:
        cursor = LogCursor(account_sid=account_sid, resource=resource, failures=0)
        session.add(cursor)
    return cursor
