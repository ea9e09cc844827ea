"""Slices of time, for Twilio's error log: it gives at most 10,000 alerts to one query, and none of older days.

Source: twilio.com/docs/usage/monitor-alert ("queries older than 30 days are not supported").
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

log = logging.getLogger(__name__)

DAYS = timedelta(days=30)
"""Monitor answers no query that reaches further back."""

MOST_ROWS = 10_000
"""A query that gives so many may have been cut off, in an order that Twilio does not promise."""

_MARGIN = timedelta(minutes=5)  # while a query is on its way, what it may ask for moves on
_SECOND = timedelta(seconds=1)  # Twilio's granularity


def oldest(now: datetime) -> datetime:
    """How far back a query may reach at this moment."""
    return now - DAYS + _MARGIN


@dataclass(frozen=True)
class Slice:
    """A time that one query asks for, both ends included."""

    start: datetime
    end: datetime

    def filters(self) -> dict[str, str]:
        """As parameters of the list."""
        return {"StartDate": _iso(self.start), "EndDate": _iso(self.end)}

    def parts(self, rows: int) -> "list[Slice]":
        """What to ask for instead when a query gave ``rows``: nothing when it was not cut off, else its two halves,
        the older first. A second cannot be parted: that is logged."""
        if rows < MOST_ROWS:
            return []
        middle = (self.start + (self.end - self.start) / 2).replace(microsecond=0)
        if middle - self.start < _SECOND or self.end - middle < _SECOND:
            log.warning("more alerts in one second than Twilio lists", extra={"at": _iso(self.start)})
            return []
        return [Slice(self.start, middle), Slice(middle, self.end)]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
