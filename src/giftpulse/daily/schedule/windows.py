"""The span of instants in which a person may get the text of one local date.

It is the program's window, cut to the allowed hours, at the person's place. When a person may be in one of several
zones, it is what their windows have in common. When no zone is known, it is what the coasts of the US have in common.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from giftpulse.daily.schedule.walltime import MINUTES_A_DAY, both, exists, reached

COAST_TO_COAST = ("America/New_York", "America/Los_Angeles")
"""Stands for "somewhere in the US, we do not know where": what suits both ends suits all between. Alaska and Hawaii
are not in it; a person who may be there has these zones as candidates."""

LEAST = timedelta(seconds=60)
"""A span shorter than this is none: a text could not be handed over in time."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Instants from ``start`` on and before ``end``, both UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Wall-clock minutes of one local day, from ``start_minute`` on and before ``end_minute`` (1440 is midnight at the
    end). Raises ``ValueError`` when it is empty, outside of the day, or would run past midnight."""

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if self.start_minute > self.end_minute:
            raise ValueError(f"the window {self} runs past midnight; expected a start before the end on the same day")
        if not 0 <= self.start_minute < self.end_minute <= MINUTES_A_DAY:
            raise ValueError(f"expected a window inside of 00:00-24:00 that is not empty, got {self}")

    def __str__(self) -> str:
        return f"{_clock(self.start_minute)}-{_clock(self.end_minute)}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The span, or None, and why it is so, in words that are stored and shown."""

    span: Span | None
    reason: str


def spans(zones: Sequence[str], window: Window, local_date: date, quiet: Sequence[Window] | None = None) -> Decision:
    """When a text for this local date may be sent to a person who is in one of these zones.

    ``quiet`` are the hours of that date that the law leaves (:func:`quiet_hours.allowed`); None: no limits. No zones:
    unknown, see ``COAST_TO_COAST``. Where several stretches are left, the longest one counts, and of equals the first.
    """
    return _decide(tuple(zones) or COAST_TO_COAST, window, local_date, None if quiet is None else tuple(quiet))


@lru_cache(maxsize=8192)
def _decide(zones: tuple[str, ...], window: Window, local_date: date, quiet: tuple[Window, ...] | None) -> Decision:
    missing = [name for name in zones if not exists(name, local_date)]
    if missing:
        return Decision(None, f"there is no {local_date} in {missing[0]}")
    hours = [window] if quiet is None else common(window, quiet)
    if not hours:
        return Decision(None, f"quiet hours leave nothing of {window} on {local_date:%A} {local_date}")
    left = [_at(zones[0], local_date, part) for part in hours]
    for name in zones[1:]:
        there = [_at(name, local_date, part) for part in hours]
        left = [Span(max(a.start, b.start), min(a.end, b.end)) for a in left for b in there]
    longest = max(left, key=lambda span: (span.end - span.start, -span.start.timestamp()))
    if longest.end - longest.start >= LEAST:
        return Decision(longest, _told(zones, window, hours))
    if len(zones) > 1:
        return Decision(None, f"no moment of {local_date} is inside of {_listed(hours)} in {_named(zones)}")
    return Decision(None, f"less than {LEAST.seconds} s are left of {_listed(hours)} on {local_date} in {zones[0]}")


def common(window: Window, allowed: Iterable[Window]) -> list[Window]:
    """The parts of a window that lie in one of the allowed ones."""
    cut = ((max(window.start_minute, a.start_minute), min(window.end_minute, a.end_minute)) for a in allowed)
    return [Window(start, end) for start, end in cut if start < end]


def _at(zone_name: str, local_date: date, window: Window) -> Span:
    """The window in one zone. Its end may lie before its start when clocks skip all of it."""
    start, again = both(zone_name, local_date, window.start_minute)
    end = reached(zone_name, local_date, window.end_minute)
    # Clocks set back show the minutes before the window once more: it opens when they have passed for good.
    if not start < again < end:
        again = reached(zone_name, local_date, window.start_minute)
    return Span(again, end)


def _told(zones: Sequence[str], window: Window, hours: Sequence[Window]) -> str:
    cut = "" if list(hours) == [window] else f", cut to {_listed(hours)} by quiet hours"
    return f"{window} in {_named(zones)}{cut}"


def _named(zones: Sequence[str]) -> str:
    if len(zones) == 1:
        return zones[0]
    if zones == COAST_TO_COAST:
        return "the contiguous US from coast to coast (zone unknown)"
    more = f" and {len(zones) - 3} more zones" if len(zones) > 3 else ""
    return f"all of {', '.join(zones[:3])}{more}"


def _listed(hours: Sequence[Window]) -> str:
    return " and ".join(str(part) for part in hours)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
