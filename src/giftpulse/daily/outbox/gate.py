"""The last look before a text goes: may this person still get it, now? Pure; every no has a reason that is stored."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from giftpulse.daily.schedule import turns
from giftpulse.daily.schedule.windows import Span
from giftpulse.daily.subscribers.models import ACTIVE

TOO_LATE = timedelta(seconds=60)
"""With less of the window left, a text is not handed over any more: Twilio could deliver it outside."""

COPIED = "it was due before sending began here: it may have gone from the installation that this is a copy of"
"""Why a text is skipped after a restore. In doubt a person gets none."""

SPENT = (
    "its day had begun before sending began here, and the person or the program was changed since this copy was made: "
    "it may have gone from the installation that this is a copy of"
)
"""Why a text is skipped after a restore although it is due later: nobody knows when it was due in the other one."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A due row, with what the person is now. ``last_text_at``: their last text that may have gone out. In a copy of an
    installation: ``sends_from``, since when it sends (:class:`holds.Copied`), and ``spent_until``, the last local date
    that is spent for them (:class:`spent.Spent`)."""

    local_date: date
    send_at: datetime
    window_end: datetime
    phone: str | None
    status: str
    status_reason: str
    paused_until: datetime | None
    last_text_at: datetime | None
    sends_from: datetime | None = None
    spent_until: date | None = None


@dataclass(frozen=True, slots=True)
class Go:
    """It may go."""


@dataclass(frozen=True, slots=True)
class Skip:
    """It will not go, today or ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """It may go later, still inside the window."""

    until: datetime
    reason: str


def gate(row: Candidate, now: datetime) -> Go | Skip | Wait:
    """May this text go now?"""
    if row.status != ACTIVE or row.phone is None:
        return Skip(f"the person is {row.status.replace('_', ' ')}: {row.status_reason}")
    if reason := may_have_gone(row):
        return Skip(reason)
    if row.window_end - now < TOO_LATE:
        return Skip(f"the window was over at {row.window_end:%H:%M} UTC")
    if row.paused_until is not None and row.paused_until > now:
        if row.window_end - row.paused_until < TOO_LATE:
            return Skip(f"the person paused until {row.paused_until:%Y-%m-%d %H:%M} UTC")
        return Wait(row.paused_until, "the person's pause ends inside the window")
    at, reason = turns.earliest(now, Span(min(now, row.send_at), row.window_end), row.last_text_at)
    if at is None:
        return Skip(reason)
    return Wait(at, reason) if at > now else Go()


def may_have_gone(row: Candidate) -> str | None:
    """In a copy of an installation, why this text may have gone from the other one; None where it cannot have."""
    if row.sends_from is not None and row.send_at <= row.sends_from:
        return COPIED
    return SPENT if row.spent_until is not None and row.local_date <= row.spent_until else None
