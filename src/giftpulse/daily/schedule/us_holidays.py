"""The federal holidays of the US, computed (5 U.S.C. 6103). States have more; a program can name its own.

A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after. Both days count, for
the laws that forbid calls on holidays do not all say which of the two they mean.
"""

from datetime import date, timedelta
from functools import lru_cache

_MONDAY, _THURSDAY = 0, 3

_FIXED = {(1, 1): 1870, (6, 19): 2021, (7, 4): 1870, (11, 11): 1938, (12, 25): 1870}
"""(month, day): first year."""

_NTH = {(1, 3, _MONDAY): 1986, (2, 3, _MONDAY): 1971, (9, 1, _MONDAY): 1894, (10, 2, _MONDAY): 1971}
"""(month, which one, weekday): first year. Memorial Day and Thanksgiving are not counted this way from the front."""


def is_federal_holiday(day: date) -> bool:
    """Whether a date is a federal holiday, or the weekday on which one is observed."""
    # New Year's Day may be observed in the year before.
    return day in _of(day.year) or day in _of(day.year + 1)


@lru_cache(maxsize=64)
def _of(year: int) -> frozenset[date]:
    days = [date(year, month, day) for (month, day), first in _FIXED.items() if year >= first]
    days += [_nth(year, month, n, weekday) for (month, n, weekday), first in _NTH.items() if year >= first]
    days.append(_nth(year, 6, 1, _MONDAY) - timedelta(weeks=1))  # Memorial Day: the last Monday of May
    days.append(_nth(year, 11, 4, _THURSDAY))
    return frozenset([*days, *(_observed(day) for day in days)])


def _nth(year: int, month: int, n: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
