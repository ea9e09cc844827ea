"""What notes may take of the pace of a sender: answers before questions, and never all of it for long. Pure."""

import math
from datetime import datetime, timedelta

from giftpulse.daily.outbox import pace

AHEAD = timedelta(seconds=1)
"""How far notes may run ahead of the pace, so that they overtake daily texts that use it up. These wait for so long
afterwards: over any longer time all of them together keep to the pace."""

_SHARE = 2
"""One text out of so many is a question, while there are others to send."""


class Room:
    """The room that one look at the outbox has for the notes of one sender."""

    def __init__(self, free_at: datetime, now: datetime, per_second: float) -> None:
        self._was_free_at, self._now, self._per_second = free_at, now, per_second
        self._left = pace.allowance(free_at - AHEAD, now, per_second).segments
        self._questions = max(1, math.floor(per_second * pace.BURST.total_seconds() / _SHARE))
        self._taken = self._asked = 0

    def take(self, segments: int, *, question: bool) -> bool:
        """Whether a note of so many segments may go now; then its room is taken. The first one may be longer than the
        room that is left, or it would never go."""
        if self._left <= 0 or (self._taken and segments > self._left):
            return False
        if question and self._asked and self._asked + segments > self._questions:
            return False
        self._left -= segments
        self._taken += segments
        self._asked += segments if question else 0
        return True

    @property
    def free_at(self) -> datetime:
        """When the next segment of the sender may go after all that was taken."""
        if not self._taken:
            return self._was_free_at
        return pace.taken(self._was_free_at, self._now, self._per_second, self._taken)

    @property
    def again_at(self) -> datetime:
        """When to look again for answers that found no room."""
        one = self._now + timedelta(seconds=1 / self._per_second)
        return pace.allowance(self.free_at - AHEAD, self._now, self._per_second).again_at or one

    @property
    def questions_at(self) -> datetime:
        """When to look again for questions: those that went have taken their share for twice the time."""
        share = self._now + timedelta(seconds=_SHARE * self._asked / self._per_second)
        return max(share, self.again_at) if self._asked else self.again_at
