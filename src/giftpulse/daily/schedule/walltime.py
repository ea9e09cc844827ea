"""From a clock on the wall to an instant. Zones come from the pinned ``tzdata`` (``giftpulse.ground.zones``).

Two ways of reading a time that a clock skips:

- :func:`instant` shifts forward by the length of the gap, as the zone's old offset says: where one hour is skipped
  at 02:00, 02:30 is the instant at which clocks show 03:30. It is for a time that somebody asked for.
- :func:`reached` is the first instant at which clocks show that time or a later one: there, 03:00. It is for the
  edges of a window, so that no instant of the window has a clock outside of it.

A time that a clock shows twice is its first occurrence, for both. Minutes are minutes of the wall clock since
midnight, 0 to 1440; 1440 is the midnight that ends the day.
"""

from datetime import UTC, date, datetime, time, timedelta

from giftpulse.ground.zones import zone

MINUTES_A_DAY = 24 * 60

_SECOND = timedelta(seconds=1)


def instant(zone_name: str, local_date: date, minute_of_day: int) -> datetime | None:
    """The instant (UTC) at which the clocks of a zone show this minute of this date.

    None when the zone has no such date (Pacific/Apia has no 2011-12-30). In the rare zones that skip the last minutes
    of a day (America/Nuuk in spring), a skipped time shifts forward into the next date. Raises ``ValueError`` for a
    minute out of range, and ``zoneinfo.ZoneInfoNotFoundError`` for a zone that does not exist.
    """
    first, _ = both(zone_name, local_date, minute_of_day)
    return first if exists(zone_name, local_date) else None


def both(zone_name: str, local_date: date, minute_of_day: int) -> tuple[datetime, datetime]:
    """The first and the second reading of a local time. They differ when clocks show it twice (the first is earlier)
    or never (the first is later: each is the time by the offset before, and after, the gap)."""
    wall = _wall(local_date, minute_of_day).replace(tzinfo=zone(zone_name))
    return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)


def reached(zone_name: str, local_date: date, minute_of_day: int) -> datetime:
    """The first instant (UTC) at which clocks have come to this minute of this date, or have skipped it."""
    first, second = both(zone_name, local_date, minute_of_day)
    return _gap_between(zone_name, second, first) if second < first else first


def exists(zone_name: str, local_date: date) -> bool:
    """Whether the zone has this date at all. A zone that moves over the date line may skip one."""
    return reached(zone_name, local_date, 0) < reached(zone_name, local_date, MINUTES_A_DAY)


def _wall(local_date: date, minute_of_day: int) -> datetime:
    if not 0 <= minute_of_day <= MINUTES_A_DAY:
        raise ValueError(f"expected a minute of the day from 0 to {MINUTES_A_DAY}, got {minute_of_day}")
    return datetime.combine(local_date, time()) + timedelta(minutes=minute_of_day)


def _gap_between(zone_name: str, before: datetime, after: datetime) -> datetime:
    """The instant at which clocks jump, somewhere after ``before`` and not after ``after``."""
    there = zone(zone_name)
    low, high = 0, int((after - before) / _SECOND)
    old = before.astimezone(there).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        same = (before + middle * _SECOND).astimezone(there).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return before + high * _SECOND
