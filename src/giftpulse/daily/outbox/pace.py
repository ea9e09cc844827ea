"""The pace of a sender: segments a second, shared by all processes through one row of the database. Pure.

Carriers count segments, not messages (https://www.twilio.com/docs/messaging/guides/understanding-message-segments and
/docs/glossary/what-is-mps-mms-per-second). The row says when the next segment may go (``free_at``); taking some moves
it on.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = timedelta(seconds=1)
"""What a sender that was idle may send at once: a second's worth, and one segment at least."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many segments may go now; if none, when to ask again."""

    segments: int
    again_at: datetime | None = None


_FAR_AHEAD = timedelta(hours=1)


def _sane(free_at: datetime, now: datetime) -> datetime:
    """A host whose clock was ahead must not hold a sender up until that time has come."""
    return free_at if free_at <= now + _FAR_AHEAD else now


def allowance(free_at: datetime, now: datetime, per_second: float) -> Allowance:
    """What may go now, for a sender whose next segment may go at ``free_at``."""
    free_at = _sane(free_at, now)
    ahead = (now + BURST - max(free_at, now)).total_seconds()
    segments = math.floor(ahead * per_second + 1e-9)
    if segments >= 1:
        return Allowance(segments)
    if free_at <= now:
        return Allowance(1)  # slower than one a second: one goes whenever the sender is free
    # Free again when a whole segment fits, at a slow pace when the one before has had its time.
    again = free_at if per_second < 1 else free_at - BURST + timedelta(seconds=1 / per_second)
    return Allowance(0, max(again, now + timedelta(milliseconds=1)))


def taken(free_at: datetime, now: datetime, per_second: float, segments: int) -> datetime:
    """When the next segment may go after so many."""
    return max(_sane(free_at, now), now) + timedelta(seconds=segments / per_second)
