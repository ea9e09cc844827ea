"""Queueing: 100 million messages a day through k web processes and k watching workers, simulated from measured times.

Pure Python, no database: docs/scale.md rests on its tables. A day of 12 minutes: each hour of the profile lasts half a
one, at its true rate, so that delays of seconds are true and what is left over in one hour is there in the next.
"""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import Figure

MESSAGES_A_DAY = 100_000_000
CALLBACKS_A_MESSAGE = 3
"""``queued``, ``sent`` and how it ended."""
CHANGES_A_MESSAGE = 4
"""The same, and the price, which only a list tells."""

_PROFILE = (2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 7, 6, 5, 4, 3)
"""Weights of the hours of UTC for people in America who are written to from morning to evening."""
_HOUR = 30.0  # seconds of the simulation
_BURST = (10.0, 5.0, 3.0)
"""In each hour, after so many seconds, for so many, so many times the rate: a campaign on top of the day."""
_SLOT = 0.02  # seconds; what arrives in one is one commit


@dataclass(frozen=True)
class Station:
    """Some of these serve one queue. A step takes ``fixed`` seconds, and ``each`` for every item; ``at_most`` items."""

    name: str
    fixed: float
    each: float
    at_most: int
    items_a_message: int
    counts: tuple[int, ...]


# As measured on 2026-11-27 by `many` on a machine in use; docs/scale.md says how. Rounded to the worse side.
DOORS = Station("web processes: callbacks until stored", 0.010, 0.00090, 2000, CALLBACKS_A_MESSAGE, (8, 12, 16, 24, 32))
WATCH = Station("workers: changes until in alerts", 0.028, 0.00010, 4000, CHANGES_A_MESSAGE, (1, 2, 3, 4, 6, 8, 12))
STATIONS = (DOORS, WATCH)


@dataclass(frozen=True)
class Row:
    """One line of a table: delays in seconds over the whole day, and how busy the servers are in the peak's hour."""

    count: int
    p50: float
    p99: float
    busy_at_peak: float
    left: int

    def cells(self) -> list[str]:
        """As docs/scale.md shows it."""
        if self.busy_at_peak > 0.995:
            return [str(self.count), "falls behind", "falls behind", "100 %"]
        return [str(self.count), _shown(self.p50), _shown(self.p99), f"{100 * self.busy_at_peak:.0f} %"]


def arrivals(items_a_day: float, seed: int = 1) -> list[tuple[float, int]]:
    """(second, items) of each slot of the day."""
    dice = random.Random(seed)
    begin, lasts, times = _BURST
    weight = sum(_PROFILE)
    made = []
    for slot in range(int(len(_PROFILE) * _HOUR / _SLOT)):
        at = slot * _SLOT
        hour, second = divmod(at, _HOUR)
        rate = items_a_day * _PROFILE[int(hour)] / weight / 3600 * (times if begin <= second < begin + lasts else 1.0)
        mean = rate * _SLOT
        number = max(0, round(dice.gauss(mean, mean**0.5)))
        if number:
            made.append((at, number))
    return made


def serve(arriving: Sequence[tuple[float, int]], station: Station, count: int) -> Row:
    """What becomes of the queue with so many servers: each takes what waits, up to a step's worth."""
    free = [0.0] * count
    delays: list[tuple[float, int]] = []
    peak_from, peak_to = (_HOUR * _PROFILE.index(max(_PROFILE)) + start for start in (0.0, _HOUR))
    busy, place = 0.0, 0
    while place < len(arriving):
        began = max(heapq.heappop(free), arriving[place][0])
        end, items = place, 0
        while end < len(arriving) and arriving[end][0] <= began and (items == 0 or items < station.at_most):
            items += arriving[end][1]
            end += 1
        done = began + station.fixed + station.each * items
        delays += [(done - at, number) for at, number in arriving[place:end]]
        busy += max(0.0, min(done, peak_to) - max(began, peak_from))
        heapq.heappush(free, done)
        place = end
    p50, p99 = _quantiles(delays, (0.5, 0.99))
    last = arriving[-1][0]
    return Row(count, p50, p99, busy / (count * (peak_to - peak_from)), int(max(free) - last > 1.0))


def _quantiles(delays: list[tuple[float, int]], shares: Sequence[float]) -> list[float]:
    delays.sort()
    total, passed, found = sum(number for _, number in delays), 0, []
    wanted = iter(shares)
    share = next(wanted)
    for delay, number in delays:
        passed += number
        while passed >= share * total:
            found.append(delay)
            if (following := next(wanted, None)) is None:
                return found
            share = following
    raise AssertionError("shares are below one")


def table(station: Station) -> list[Row]:
    """The rows of a station, one for each number of servers."""
    arriving = arrivals(MESSAGES_A_DAY * station.items_a_message)
    return [serve(arriving, station, count) for count in station.counts]


def _shown(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def run(quick: bool) -> Iterator[Figure]:
    """Both tables; ``quick`` makes no difference."""
    for station in STATIONS:
        for row in table(station):
            note = f"p50 {_shown(row.p50)}, busy {100 * row.busy_at_peak:.0f} % in the hour of the peak"
            yield Figure(f"{station.name}: {row.count}", 1000 * row.p99, "ms at p99", note=note)
