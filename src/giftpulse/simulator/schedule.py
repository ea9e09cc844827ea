"""Virtual time, and what is to happen in it."""

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Literal

from giftpulse.ground import clock

# Seconds. What falls due within this is done in one go: thousands of lives need no timer each.
_GRAIN = 0.005


class Schedule:
    """A clock that runs at ``speed`` and can be moved forward, and a heap of what happens when.

    Belongs to one event loop. With ``dates="real"`` the instants follow our own clock, plus whatever was
    advanced; with ``virtual`` they run at ``speed`` from the start.
    """

    def __init__(self, speed: float = 1.0, dates: Literal["real", "virtual"] = "real") -> None:
        self.speed = speed
        self._dates = dates
        self._begin = clock.now()
        self._zero = time.monotonic()
        self._advanced = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return (time.monotonic() - self._zero) * self.speed + self._advanced

    def now(self) -> datetime:
        """The instant that a record made now is dated with, aware, in UTC."""
        if self._dates == "real":
            return clock.now() + timedelta(seconds=self._advanced)
        return self._begin + timedelta(seconds=self.elapsed())

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this when so many virtual seconds have passed."""
        due = self.elapsed() + seconds
        heapq.heappush(self._heap, (due, next(self._number), act))
        if self._heap[0][0] == due:
            self._arm()

    def at(self, instant: datetime, act: Callable[[], None]) -> None:
        """Do this when the dates of records have reached an instant."""
        seconds = max(0.0, (instant - self.now()).total_seconds())
        self.after(seconds * (max(self.speed, 1.0) if self._dates == "real" else 1.0), act)

    def advance(self, seconds: float) -> None:
        """Let so many virtual seconds pass at once, doing each thing at its own instant."""
        end = self.elapsed() + seconds
        while self._heap and self._heap[0][0] <= end:
            self._advanced += max(0.0, self._heap[0][0] - self.elapsed())
            heapq.heappop(self._heap)[2]()
        self._advanced += max(0.0, end - self.elapsed())
        self._arm()

    def run_due(self) -> None:
        """Do everything that is due, and wake again for the next."""
        self._timer = None
        try:
            until = self.elapsed()
            while self._heap and self._heap[0][0] <= until:
                heapq.heappop(self._heap)[2]()
        finally:
            self._arm()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on wake by yourself."""
        self._loop = loop
        self._arm()

    def stop(self) -> None:
        """Nothing happens any more."""
        self._loop = None
        self._arm()

    def __len__(self) -> int:
        return len(self._heap)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is not None and self._heap and self.speed > 0:
            wait = (self._heap[0][0] - self.elapsed()) / self.speed
            self._timer = self._loop.call_later(max(_GRAIN, wait), self.run_due)
