"""For how long a yes of the gate holds: what waited longer between its claim and its request is looked at again.

``FRESH`` is what a STOP is obeyed within. A database that is far away (a claim is some ten questions) would let nothing
go at all: everything would be too old as soon as it is claimed. There a yes holds for as long as a claim takes, up to
``LONGEST``, and the log says so. One claim that had to wait for a lock changes nothing.
"""

import logging

log = logging.getLogger(__name__)

FRESH = 0.7
"""Seconds."""

LONGEST = 5.0
"""Seconds, beside a slow database."""

_OFTEN = 3  # claims in a row


class Freshness:
    """How fresh is fresh enough, as of the last claims. In seconds."""

    def __init__(self) -> None:
        self.seconds = FRESH
        self._slow = 0

    def claimed(self, age: float) -> None:
        """A claim is back, and what it brought was looked at so long ago."""
        self._slow = self._slow + 1 if age > FRESH else 0
        if self._slow >= _OFTEN:
            if self.seconds == FRESH:
                log.warning(
                    "the database is slow: a STOP may take as long as a claim", extra={"seconds": round(age, 1)}
                )
            self.seconds = min(LONGEST, age + FRESH)
        elif not self._slow:
            self.seconds = FRESH
