"""Which local dates have to be planned."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.schedule.local_dates import dates_to_plan
from giftpulse.daily.schedule.windows import Window, spans
from tests.daily.schedule.places import ZONES

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zones", "now", "hours", "expected"),
    [
        (["Europe/London"], NOON, 0, ["2026-11-27"]),
        (["Europe/London"], NOON, 11, ["2026-11-27"]),
        (["Europe/London"], NOON, 12, ["2026-11-27", "2026-11-28"]),
        (["Europe/London"], NOON, 48, ["2026-11-27", "2026-11-28", "2026-11-29"]),
        (["Pacific/Kiritimati"], NOON, 1, ["2026-11-28"]),
        (["Pacific/Pago_Pago", "Pacific/Kiritimati"], NOON, 1, ["2026-11-27", "2026-11-28"]),
        ([], datetime(2026, 11, 27, 6, tzinfo=UTC), 1, ["2026-11-26", "2026-11-27"]),
        (["Pacific/Apia"], datetime(2011, 12, 29, 12, tzinfo=UTC), 48, ["2011-12-29", "2011-12-31", "2012-01-01"]),
    ],
)
def test_the_dates_are_those_that_the_time_ahead_touches(
    zones: list[str], now: datetime, hours: int, expected: list[str]
) -> None:
    assert dates_to_plan(zones, now, timedelta(hours=hours)) == [date.fromisoformat(text) for text in expected]


@given(
    st.lists(st.sampled_from(ZONES), max_size=3, unique=True),
    st.datetimes(datetime(2011, 12, 25), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 72),
)
def test_no_span_of_the_time_ahead_is_missed(zones: list[str], now: datetime, hours: int) -> None:
    until = now + timedelta(hours=hours)
    planned = dates_to_plan(zones, now, until - now)
    for n in range(-2, 7):
        day = now.date() + timedelta(days=n)
        span = spans(zones, Window(0, 1440), day).span
        if span and span.start <= until and now < span.end:
            assert day in planned
