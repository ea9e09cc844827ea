"""Whether the writing service is worth asking now: after an outage it is left alone for a while, and longer each time.

What to do meanwhile depends on when the text is needed: the library steps in for what is needed soon, the rest waits,
so that a short outage uses up no texts of the library.
"""

import threading
from datetime import datetime, timedelta

SOON = timedelta(hours=12)
"""Before its first window opens: from then on a text does not wait for the service any more."""

FIRST_REST = timedelta(seconds=60)
LONGEST_REST = timedelta(minutes=32)


class Circuit:
    """What one process knows of the service. For any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._until: datetime | None = None
        self._reason = ""

    def open_reason(self, now: datetime) -> str | None:
        """Why not to ask now, or None."""
        with self._lock:
            if self._until is None or now >= self._until:
                return None
            return f"{self._reason}; not asked again before {self._until:%H:%M:%S} UTC"

    def failed(self, now: datetime, reason: str, retry_after: timedelta | None = None) -> None:
        """An outage: rest for a minute, twice as long after each further one, or for as long as we were told to."""
        with self._lock:
            if self._until is not None and now < self._until:
                return  # somebody who asked before it was known
            rest = min(FIRST_REST * 2 ** min(self._failures, 10), LONGEST_REST)
            self._failures += 1
            self._until, self._reason = now + max(rest, retry_after or rest), reason

    def succeeded(self) -> None:
        """It answered."""
        with self._lock:
            self._failures, self._until = 0, None


def is_soon(opens: datetime, now: datetime) -> bool:
    """Whether a text is needed soon."""
    return opens - now < SOON
