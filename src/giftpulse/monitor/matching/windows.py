"""Sliding windows by event time: how many matches of one rule and group fall into any window of its length.

A window ends at an instant and is open at its start: with a length of 5 minutes, what happened exactly
5 minutes ago has left it. All times are whole milliseconds since 1970.

Kept are the newest ``2 * count - 3`` event times (``count`` at least), which is enough for what comes nearly in order:
a window holds ``count`` events exactly when some ``count`` neighbours in time lie closer together than its length.
Of the neighbours of an event that comes out of order, but before it has left the window, either ``count - 1`` after
it are known, and they cross the window with it, or ``count - 1`` before it are.

History comes otherwise: in stretches, the newest first, with the events of this minute in between. So of the older
events those are kept too that came last (``4 * count`` of them, 200 at least), and of a long stretch its middle is
forgotten before its ends: where the next stretch joins it, what lies on both sides of the seam is counted.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from giftpulse.monitor.rules.language import Clear, Threshold, Trigger

_INT64 = 8
_LEAST_SEAMS = 200


@dataclass(frozen=True)
class Added:
    """What some new events did to a window. Truth value: whether it was crossed.

    ``crossed_at`` is the time of the event with which a window first held ``count`` events, one of the new
    ones among them; None when none did. (Where an event came out of order among events that were forgotten,
    it may be the time of a later one.) ``late`` is how many came too late to count.
    """

    crossed_at: int | None
    late: int = 0

    def __bool__(self) -> bool:
        return self.crossed_at is not None


class Window:
    """The event times kept of one rule and group. ``length`` in ms; 0 means no window: every event crosses.

    ``times`` are the newest, oldest first; ``seams`` are older ones, in the order in which they will be forgotten.
    """

    __slots__ = ("count", "length", "seams", "times")

    def __init__(self, count: int, length: int, times: Iterable[int] = ()) -> None:
        self.count = count
        self.length = length
        self.times: list[int] = sorted(times)[-self._kept :]
        self.seams: list[int] = []

    @property
    def _kept(self) -> int:
        return max(self.count, 2 * self.count - 3)

    @classmethod
    def of(cls, trigger: Trigger, data: bytes = b"") -> "Window":
        """The window of a trigger, from what ``to_bytes`` gave (under whatever count and length)."""
        if isinstance(trigger, Threshold):
            length = int(trigger.within.total_seconds() * 1000)
            return cls.from_bytes(data, trigger.count, length)
        return cls.from_bytes(data, 1, 0)

    @classmethod
    def from_bytes(cls, data: bytes, count: int, length: int) -> "Window":
        """The opposite of ``to_bytes``. Raises ValueError when the bytes are not whole 64-bit numbers.

        Written under a lower count, it may lack older events: the window then fires late, never early.
        """
        if len(data) % _INT64:
            raise ValueError(f"a window's state is whole 64-bit numbers; got {len(data)} bytes")
        window = cls(count, length)
        numbers = list(struct.unpack(f"<{len(data) // _INT64}q", data))
        window.times, window.seams = sorted(numbers[-window._kept :]), numbers[: -window._kept]
        return window

    def to_bytes(self) -> bytes:
        """The state: 64-bit little-endian numbers, the newest last; fewer than ``6 * count + 200`` of them."""
        return struct.pack(f"<{len(self.seams) + len(self.times)}q", *self.seams, *self.times)

    def known(self) -> list[int]:
        """All event times that are kept, oldest first."""
        return sorted(self.seams + self.times)

    def add(self, times: Sequence[int], grace: int = 0) -> Added:
        """Take in events, in any order, and say whether a window with one of them holds ``count`` events.

        An event that had already left the window before the newest known one, by more than ``grace`` ms, is
        late: it counts for nothing. Within the window the answer is exact; within the grace it is true when
        it says yes, and misses only what needs events that were forgotten.
        """
        new = sorted(times)
        late = self._drop_late(new, grace)
        if not new:
            return Added(None, late)
        if self.length == 0 or self.count == 1:
            self.times, self.seams = [max(new[-1:] + self.times)], []
            return Added(new[0], late)
        known = self.times
        if known and new[0] < known[-1]:
            is_near = new[0] > known[-1] - self.length
            reached = known if is_near else self.known()
            places = [bisect_right(reached, time) + i for i, time in enumerate(new)]
            merged = sorted(reached + new)
            self._keep(merged if is_near else sorted(known + new))
        else:
            places = list(range(len(known), len(known) + len(new)))
            merged = known + new
            self._keep(merged)
        return Added(self._crossing(merged, places), late)

    def _keep(self, times: list[int]) -> None:
        """Part what has been the newest, and what is new (sorted), into the newest and seams."""
        spare = len(times) - self._kept
        if spare <= 0:
            self.times = times
            return
        self.times = times[spare:]
        self.seams += times[:1] if spare == 1 else _ends_last(times[:spare], self.count - 1)
        del self.seams[: -max(_LEAST_SEAMS, 4 * self.count)]

    def _drop_late(self, new: list[int], grace: int) -> int:
        """Remove what is late from the front of ``new`` (sorted); returns how many."""
        if self.length == 0 or not self.times:
            return 0
        late = bisect_right(new, self.times[-1] - self.length - grace)
        del new[:late]
        return late

    def _crossing(self, merged: list[int], places: list[int]) -> int | None:
        """The time of the first event that ends ``count`` neighbours within the length, a new one among them."""
        back, length = self.count - 1, self.length
        upcoming, last_new = iter(places[1:]), places[0]
        following = next(upcoming, len(merged))
        for end in range(max(places[0], back), len(merged)):
            while following <= end:
                last_new, following = following, next(upcoming, len(merged))
            if merged[end] - merged[end - back] < length and last_new >= end - back:
                return merged[end]
        return None

    def count_at(self, now: int) -> int:
        """Events in the window that ends at ``now``: exact below ``count``, else ``count`` stands for "or more".

        Known from the newest event on; for an earlier ``now`` older events may have been forgotten.
        """
        return min(self.count, bisect_right(self.times, now) - bisect_right(self.times, now - self.length))

    def quiet_since(self, below: int) -> int | None:
        """The instant from which the window has held fewer than ``below`` events (1 to ``count``), and still does.

        None when it never held as many.
        """
        if len(self.times) < below:
            return None
        return self.times[-below] + self.length

    def clears_at(self, clear: Clear) -> int | None:
        """The instant at which an alert of this window resolves if nothing more happens; None: it may at once."""
        since = self.quiet_since(clear.below)
        return None if since is None else since + int(clear.hold.total_seconds() * 1000)


def _ends_last(stretch: list[int], end: int) -> list[int]:
    """A stretch of event times (sorted) in the order in which to forget them: the middle, the new end, the old end."""
    if len(stretch) <= 2 * end:
        return stretch[::-1]
    return stretch[end:-end][::-1] + stretch[-end:] + stretch[:end][::-1]
