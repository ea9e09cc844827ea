"""What an error code of a text means for the person, the sender and the account. Pure, one row a code.

Sources: https://www.twilio.com/docs/api/errors and the page of each code; what to do about it is ours. A code that is
not
here costs this one text, is shown, and is not retried.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from giftpulse.ground.zones import zone
from giftpulse.twilio.error_codes import explain

Kind = Literal["skip", "again", "opt_out", "suppress", "hold_sender", "hold_all"]


@dataclass(frozen=True, slots=True)
class Consequence:
    """``skip``: this text is lost, nothing more. ``again``: it was not sent and may be tried again in ``pause``.
    ``opt_out``: the person has left, at once. ``suppress``: nothing more to this number after ``after`` of these in a
    row.
    ``hold_sender``, ``hold_all``: stop, for ``pause`` or (None) until an operator lifts it."""

    kind: Kind
    reason: str
    after: int = 1
    pause: timedelta | None = None
    until_pacific_midnight: bool = False

    def until(self, now: datetime) -> datetime | None:
        """When a hold ends by itself."""
        if self.until_pacific_midnight:
            there = now.astimezone(zone("America/Los_Angeles"))
            next_day = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            return next_day.astimezone(UTC)
        return now + self.pause if self.pause else None


_MINUTE = timedelta(minutes=1)

_SUPPRESS = {
    21211: 1, 21266: 1, 21408: 3, 21612: 3, 21614: 1, 21635: 1, 30003: 3, 30004: 2, 30005: 1, 30006: 1, 30640: 1,
}  # fmt: skip
_OPT_OUT = (21610, 30630)
_HOLD_ALL = (20003, 20005, 20006, 20404, 30002, 30037)
_HOLD_SENDER = (
    21212, 21601, 21603, 21606, 21609, 21703, 21704, 21705, 30007, 30032, 30033, 30034,
)  # fmt: skip
_HOLD_SENDER_FOR = {
    14107: 10 * _MINUTE, 21611: 15 * _MINUTE, 30001: 15 * _MINUTE, 30022: 2 * _MINUTE, 30024: 60 * _MINUTE,
    30035: 60 * _MINUTE, 30450: 30 * _MINUTE, 30453: 30 * _MINUTE, 30485: 30 * _MINUTE, 63017: 2 * _MINUTE,
}  # fmt: skip
_UNTIL_PACIFIC_MIDNIGHT = (30023, 30027)
_AGAIN = {20429: timedelta(seconds=1), 30017: 5 * _MINUTE, 30410: 5 * _MINUTE}

PERSONAL = frozenset(_SUPPRESS) | frozenset(_OPT_OUT)
"""Codes that speak of one person's number and say nothing about the sender's health."""


def of(code: int | None) -> Consequence:
    """What follows from a code; None: an error without one."""
    if code is None:
        return Consequence("skip", "Twilio gave no code")
    reason = f"{code}: {explain(code).meaning}"
    if code in _OPT_OUT:
        return Consequence("opt_out", reason)
    if code in _SUPPRESS:
        return Consequence("suppress", reason, after=_SUPPRESS[code])
    if code in _HOLD_ALL:
        return Consequence("hold_all", reason)
    if code in _HOLD_SENDER:
        return Consequence("hold_sender", reason)
    if code in _HOLD_SENDER_FOR:
        return Consequence("hold_sender", reason, pause=_HOLD_SENDER_FOR[code])
    if code in _UNTIL_PACIFIC_MIDNIGHT:
        return Consequence("hold_sender", reason, until_pacific_midnight=True)
    if code in _AGAIN:
        return Consequence("again", reason, pause=_AGAIN[code])
    return Consequence("skip", reason)


NOT_TAKEN = frozenset({14107, 21611, 63017, 20429, *_HOLD_ALL, *_HOLD_SENDER}) - {30007, 30032, 30033, 30034, 30037}
"""Refusals at the request that have nothing to do with the person: the text waits, and goes when the hold is lifted."""
