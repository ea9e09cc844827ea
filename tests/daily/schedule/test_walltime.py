"""Wall clock to instant: gaps, folds, days that are not there, and zones that changed their mind."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.schedule.walltime import exists, instant, reached
from giftpulse.ground.zones import zone
from tests.daily.schedule.places import ZONES


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@pytest.mark.parametrize(
    ("name", "day", "clock", "expected"),
    [
        ("America/New_York", "2026-07-01", "09:00", "2026-07-01T13:00"),
        ("America/New_York", "2026-12-01", "09:00", "2026-12-01T14:00"),
        ("America/New_York", "2026-03-08", "01:59", "2026-03-08T06:59"),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T07:00"),  # skipped: clocks show 03:00
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30"),  # skipped: clocks show 03:30
        ("America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),  # twice: the first
        ("America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00"),
        ("America/Phoenix", "2026-07-01", "09:00", "2026-07-01T16:00"),
        ("Asia/Kathmandu", "2026-06-01", "09:00", "2026-06-01T03:15"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:40"),  # half an hour is skipped: 02:40
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),  # half an hour comes twice
        ("America/Havana", "2026-03-08", "00:29", "2026-03-08T05:29"),  # midnight is skipped
        ("America/Havana", "2025-11-02", "00:00", "2025-11-02T04:00"),  # midnight comes twice
        ("Asia/Beirut", "2026-03-29", "00:00", "2026-03-28T22:00"),
        ("Asia/Beirut", "2026-10-24", "23:30", "2026-10-24T20:30"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T01:30"),  # the day ends at 23:00: into the next
        ("Pacific/Apia", "2011-12-29", "12:00", "2011-12-29T22:00"),
        ("Pacific/Apia", "2011-12-31", "12:00", "2011-12-30T22:00"),
        ("America/Denver", "2026-07-01", "24:00", "2026-07-02T06:00"),
    ],
)
def test_a_wall_clock_names_one_instant(name: str, day: str, clock: str, expected: str) -> None:
    assert instant(name, date.fromisoformat(day), minutes(clock)) == utc(expected)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("America/Vancouver", "2026-12-01", "2026-12-01T19:00"),  # summer time for good since 2026
        ("America/Edmonton", "2026-12-01", "2026-12-01T18:00"),
        ("Africa/Casablanca", "2026-12-01", "2026-12-01T12:00"),
        ("Africa/Casablanca", "2026-03-01", "2026-03-01T12:00"),  # Ramadan of 2026
        ("Africa/Casablanca", "2026-04-01", "2026-04-01T11:00"),
    ],
)
def test_zones_are_those_of_today_not_of_an_old_machine(name: str, day: str, expected: str) -> None:
    assert instant(name, date.fromisoformat(day), minutes("12:00")) == utc(expected)


def test_a_day_that_is_skipped_has_no_instants() -> None:
    lost = date(2011, 12, 30)
    assert not exists("Pacific/Apia", lost)
    assert exists("Pacific/Apia", lost - timedelta(days=1))
    assert exists("Pacific/Apia", lost + timedelta(days=1))
    assert exists("Pacific/Auckland", lost)
    assert [instant("Pacific/Apia", lost, minute) for minute in (0, 720, 1440)] == [None, None, None]


@pytest.mark.parametrize("minute", [-1, 1441])
def test_a_minute_outside_of_the_day_is_refused(minute: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 1440"):
        instant("UTC", date(2026, 1, 1), minute)


def test_the_edge_of_a_window_in_a_gap_is_the_jump_itself() -> None:
    day = date(2026, 3, 8)
    jump = utc("2026-03-08T07:00")
    assert [reached("America/New_York", day, m) for m in (120, 121, 150, 179, 180)] == [jump] * 5
    assert reached("America/New_York", day, 119) == jump - timedelta(minutes=1)
    assert reached("America/Nuuk", date(2026, 3, 28), 23 * 60 + 10) == utc("2026-03-29T01:00")


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 1439))
def test_clocks_show_at_the_instant_what_was_asked_or_that_time_is_skipped(name: str, day: date, minute: int) -> None:
    at = instant(name, day, minute)
    assert at is not None
    shown = at.astimezone(zone(name)).replace(tzinfo=None)
    asked = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    come = reached(name, day, minute)
    if shown == asked:
        assert come == at
        return
    before = (come - timedelta(seconds=1)).astimezone(zone(name)).replace(tzinfo=None)
    assert before < asked < shown
    assert asked < come.astimezone(zone(name)).replace(tzinfo=None)
