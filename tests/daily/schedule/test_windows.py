"""The span of one local date: one zone, several, none, and the hours that the law leaves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.schedule.walltime import exists, instant
from giftpulse.daily.schedule.windows import COAST_TO_COAST, LEAST, Span, Window, spans
from giftpulse.ground.zones import zone
from tests.daily.schedule.places import ZONES

NOON_TO_FIVE = Window(12 * 60, 17 * 60)
DAY = date(2026, 11, 27)


def span(start: str, end: str) -> Span:
    return Span(*(datetime.fromisoformat(f"{text}:00+00:00") for text in (start, end)))


@pytest.mark.parametrize(
    ("zones", "window", "day", "expected"),
    [
        (["America/Denver"], (720, 1020), DAY, ("2026-11-27T19:00", "2026-11-28T00:00")),
        (["Asia/Kathmandu"], (720, 1020), DAY, ("2026-11-27T06:15", "2026-11-27T11:15")),
        (["America/Boise", "America/Los_Angeles"], (720, 1020), DAY, ("2026-11-27T20:00", "2026-11-28T00:00")),
        ([], (720, 1020), DAY, ("2026-11-27T20:00", "2026-11-27T22:00")),
        # The week in which the US has changed and Europe has not: four hours apart instead of five.
        (
            ["America/New_York", "Europe/London"],
            (720, 1020),
            date(2026, 3, 20),
            ("2026-03-20T16:00", "2026-03-20T17:00"),
        ),
        # Days of 23 and of 25 hours.
        (["America/New_York"], (0, 1440), date(2026, 3, 8), ("2026-03-08T05:00", "2026-03-09T04:00")),
        (["America/New_York"], (0, 1440), date(2026, 11, 1), ("2026-11-01T04:00", "2026-11-02T05:00")),
        (["Asia/Beirut"], (0, 60), date(2026, 10, 25), ("2026-10-24T22:00", "2026-10-24T23:00")),
        # An edge in a gap: the window opens or closes at the jump.
        (["America/New_York"], (150, 300), date(2026, 3, 8), ("2026-03-08T07:00", "2026-03-08T09:00")),
        (["America/New_York"], (60, 150), date(2026, 3, 8), ("2026-03-08T06:00", "2026-03-08T07:00")),
        # An edge in a fold: only the time in which no clock is outside of the window.
        (["America/New_York"], (90, 300), date(2026, 11, 1), ("2026-11-01T06:30", "2026-11-01T10:00")),
        (["America/New_York"], (60, 90), date(2026, 11, 1), ("2026-11-01T05:00", "2026-11-01T05:30")),
        (["America/New_York"], (30, 90), date(2026, 11, 1), ("2026-11-01T04:30", "2026-11-01T05:30")),
    ],
)
def test_the_span_is_what_the_windows_have_in_common(
    zones: list[str], window: tuple[int, int], day: date, expected: tuple[str, str]
) -> None:
    assert spans(zones, Window(*window), day).span == span(*expected)


def test_a_window_that_clocks_skip_leaves_nothing() -> None:
    decision = spans(["America/New_York"], Window(130, 170), date(2026, 3, 8))
    assert decision.span is None
    assert "02:10-02:50" in decision.reason


def test_a_date_that_a_zone_does_not_have_leaves_nothing() -> None:
    lost = date(2011, 12, 30)
    assert spans(["Pacific/Auckland"], NOON_TO_FIVE, lost).span
    for zones in (["Pacific/Apia"], ["Pacific/Auckland", "Pacific/Apia"]):
        decision = spans(zones, NOON_TO_FIVE, lost)
        assert (decision.span, decision.reason) == (None, "there is no 2011-12-30 in Pacific/Apia")


def test_zones_too_far_apart_leave_nothing_and_the_reason_names_them() -> None:
    decision = spans(["Europe/Kaliningrad", "Asia/Omsk", "Asia/Tokyo", "Asia/Kamchatka"], NOON_TO_FIVE, DAY)
    assert decision.span is None
    assert decision.reason == (
        "no moment of 2026-11-27 is inside of 12:00-17:00 in "
        "all of Europe/Kaliningrad, Asia/Omsk, Asia/Tokyo and 1 more zones"
    )


def test_an_unknown_zone_is_somewhere_between_the_coasts() -> None:
    assert spans([], NOON_TO_FIVE, DAY) == spans(COAST_TO_COAST, NOON_TO_FIVE, DAY)
    assert "zone unknown" in spans([], NOON_TO_FIVE, DAY).reason


def test_quiet_hours_cut_the_window_and_the_reason_says_so() -> None:
    decision = spans(["America/Chicago"], NOON_TO_FIVE, DAY, [Window(13 * 60, 21 * 60)])
    assert decision.span == span("2026-11-27T19:00", "2026-11-27T23:00")
    assert decision.reason == "12:00-17:00 in America/Chicago, cut to 13:00-17:00 by quiet hours"


def test_of_several_stretches_the_longest_counts_and_of_equals_the_first() -> None:
    quiet = [Window(600, 780), Window(840, 1200)]
    assert spans(["Europe/Paris"], NOON_TO_FIVE, DAY, quiet).span == span("2026-11-27T13:00", "2026-11-27T16:00")
    assert spans(["Europe/Paris"], Window(720, 900), DAY, quiet).span == span("2026-11-27T11:00", "2026-11-27T12:00")


def test_stretches_of_zones_meet_across() -> None:
    """Noon to one in London is one to two in Paris: there, only the second stretch is allowed."""
    quiet = [Window(720, 780), Window(840, 900)]
    decision = spans(["Europe/London", "Europe/Paris"], Window(0, 1440), DAY, [Window(720, 780), Window(780, 840)])
    assert decision.span == span("2026-11-27T12:00", "2026-11-27T13:00")
    assert spans(["Europe/London", "Europe/Paris"], Window(0, 1440), DAY, quiet).span is None


def test_no_allowed_hour_leaves_nothing() -> None:
    for quiet in ([], [Window(1020, 1260)]):
        decision = spans(["America/Chicago"], NOON_TO_FIVE, DAY, quiet)
        assert decision.span is None
        assert decision.reason == "quiet hours leave nothing of 12:00-17:00 on Friday 2026-11-27"


@pytest.mark.parametrize("edges", [(1200, 480), (480, 480), (-1, 60), (0, 1441), (1440, 1440)])
def test_a_window_over_midnight_or_empty_is_refused(edges: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(*edges)


def test_a_refused_window_is_shown_as_people_write_it() -> None:
    with pytest.raises(ValueError, match="22:00-06:30 runs past midnight"):
        Window(22 * 60, 6 * 60 + 30)


WINDOWS = (
    st.tuples(st.integers(0, 1440), st.integers(0, 1440))
    .filter(lambda edges: edges[0] != edges[1])
    .map(lambda edges: Window(min(edges), max(edges)))
)
TROUBLE = (
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 3, 28),
    date(2026, 3, 29),
    date(2026, 10, 24),
    date(2026, 4, 5),
)
DATES = st.sampled_from(TROUBLE) | st.dates(date(2011, 12, 28), date(2030, 1, 1))


@given(
    st.lists(st.sampled_from(ZONES), max_size=3, unique=True),
    WINDOWS,
    DATES,
    st.none() | st.lists(WINDOWS, max_size=2),
    st.floats(0, 1),
)
def test_no_clock_of_any_zone_is_outside_of_the_window_or_the_allowed_hours(
    zones: list[str], window: Window, day: date, quiet: list[Window] | None, part: float
) -> None:
    found = spans(zones, window, day, quiet).span
    if found is None:
        return
    assert found.end - found.start >= LEAST
    at = found.start + timedelta(seconds=int((found.end - found.start).total_seconds() * part * 0.999999))
    for moment in (found.start, at, found.end - timedelta(seconds=1)):
        for name in zones or COAST_TO_COAST:
            there = moment.astimezone(zone(name))
            minute = there.hour * 60 + there.minute
            assert there.date() == day
            assert window.start_minute <= minute < window.end_minute
            assert quiet is None or any(q.start_minute <= minute < q.end_minute for q in quiet)


@given(st.sampled_from(ZONES), st.dates(date(2011, 12, 28), date(2030, 1, 1)), st.integers(480, 1199))
def test_a_time_by_day_is_inside_of_a_window_around_it(name: str, day: date, minute: int) -> None:
    at = instant(name, day, minute)
    found = spans([name], Window(480, 1200), day).span
    assert (at is None) == (found is None) == (not exists(name, day))
    if at is not None and found is not None:
        assert found.start <= at < found.end
        assert found.start.tzinfo is UTC
