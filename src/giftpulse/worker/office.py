"""The workplace of this process: opened when its first task comes, after the fork; one for all of its threads."""

import os
import threading
from collections.abc import Callable

from giftpulse.worker.workplace import Workplace


class Office:
    """Keeps one workplace for the process that asks. A fork gets its own: connections must not be shared."""

    def __init__(self, open_one: Callable[["Office"], Workplace]) -> None:
        self.concurrency = 1
        """Tasks that the worker runs at a time, over all of its processes."""
        self.at_once = 1
        """Tasks that this process runs at a time: one, or all of them where they are threads."""
        self._open = open_one
        self._workplace: Workplace | None = None
        self._lock = threading.Lock()

    def workplace(self) -> Workplace:
        """The one of this process. Raises SettingsError where settings do not suffice."""
        with self._lock:
            if self._workplace is None or self._workplace.pid != os.getpid():
                self._workplace = self._open(self)
            return self._workplace

    def close(self) -> None:
        """Close the one of this process, if it was ever opened."""
        with self._lock:
            if self._workplace is not None and self._workplace.pid == os.getpid():
                self._workplace.close()
            self._workplace = None
