"""Whether the record is what Twilio knows, and whether its readers keep up: what health shows and the monitor tells."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.ground.settings import Settings
from giftpulse.logs.models import LogCursor

UNREAD_AFTER = timedelta(minutes=5)
"""A reader that is so far behind is late."""

_POLLS = 3
_SLACK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Source:
    """A list of an account's that is polled: up to when it is known (null: never fetched), and whether it is unseen,
    that is, has failed for longer than is allowed."""

    account_sid: str
    resource: str
    watermark: datetime | None
    last_success_at: datetime | None
    failures: int
    unseen: bool


def blind_after(settings: Settings) -> timedelta:
    """How long a list may fail to be fetched: three polls and a minute, so that one that fails is no matter."""
    return _POLLS * timedelta(seconds=settings.poll_interval_seconds) + _SLACK


def sources(session: Session, settings: Settings, now: datetime) -> list[Source]:
    """All lists that are polled, by name."""
    longest = blind_after(settings)
    cursors = session.scalars(select(LogCursor).order_by(LogCursor.resource, LogCursor.account_sid))
    return [
        Source(c.account_sid, c.resource, c.watermark, c.last_success_at, c.failures, _is_unseen(c, now, longest))
        for c in cursors
    ]


def _is_unseen(cursor: LogCursor, now: datetime, longest: timedelta) -> bool:
    if not cursor.failures:
        return False  # nobody has tried since, which is the business of the round
    if cursor.watermark is None:
        return cursor.failures >= _POLLS
    return now - cursor.watermark > longest
