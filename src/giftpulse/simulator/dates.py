"""The two ways in which Twilio writes dates, and the ways in which it reads those of a filter."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def rfc2822(at: datetime | None) -> str | None:
    """``Thu, 24 Aug 2023 05:01:45 +0000``, as in the 2010-04-01 API; None stays None."""
    return None if at is None else _rfc2822(at.replace(microsecond=0))


# A page of a thousand rows holds three thousand dates and far fewer different ones.
@lru_cache(maxsize=8192)
def _rfc2822(at: datetime) -> str:
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} +0000"


def iso(at: datetime) -> str:
    """``2015-07-30T20:00:00Z``, as in the newer APIs."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Span:
    """The instants that a filter's value means: from ``begin`` up to but not including ``end``."""

    begin: datetime
    end: datetime


def understood(text: str) -> Span | None:
    """A day, an ISO 8601 or an RFC 2822 date-time (without a zone: UTC); None for anything else.

    The second is Twilio's granularity. What it does not understand it ignores, and answers the full list
    (twilio-node#223), so None is not an error.
    """
    try:
        if _DAY_ONLY.match(text):
            begin = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return Span(begin, begin + _DAY)
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    at = at.replace(microsecond=0)
    return Span(at, at + _SECOND)
