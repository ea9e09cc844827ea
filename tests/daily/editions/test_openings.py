"""When a program's day opens and closes, around the world."""

from datetime import UTC, date, datetime

from giftpulse.daily.editions.openings import Place, day_of
from giftpulse.daily.schedule.windows import Span, Window

NOON_TO_FIVE = Window(720, 1020)
DAY = date(2026, 11, 20)


def at(hour: int, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_a_day_lasts_from_the_east_to_the_west() -> None:
    places = [Place(("Asia/Tokyo",), NOON_TO_FIVE), Place(("America/Los_Angeles",), NOON_TO_FIVE)]
    assert day_of(places, NOON_TO_FIVE, DAY) == Span(at(3), at(1, 21))


def test_own_windows_count() -> None:
    places = [Place(("UTC",), NOON_TO_FIVE), Place(("UTC",), Window(360, 420))]
    assert day_of(places, NOON_TO_FIVE, DAY) == Span(at(6), at(17))


def test_with_nobody_there_it_is_the_contiguous_us() -> None:
    assert day_of([], NOON_TO_FIVE, DAY) == Span(at(20), at(22))
    assert day_of([Place((), NOON_TO_FIVE)], NOON_TO_FIVE, DAY) == Span(at(20), at(22))


def test_where_no_moment_suits_all_it_is_the_whole_date() -> None:
    nowhere = Place(("Asia/Tokyo", "America/New_York"), Window(720, 780))
    assert day_of([nowhere], Window(720, 780), DAY) == Span(at(0), at(0, 21))
