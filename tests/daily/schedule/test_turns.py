"""Never two texts within 20 hours, nor two for one local date."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.schedule.turns import APART, earliest
from giftpulse.daily.schedule.windows import Span

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SPAN = Span(NOON, NOON + timedelta(hours=5))
AT = NOON + timedelta(hours=1)


def test_the_first_text_goes_as_planned() -> None:
    assert earliest(AT, SPAN, None) == (AT, "as planned")


def test_a_text_a_day_after_the_last_goes_as_planned() -> None:
    for hours in (20, 23, 24, 25, 240):
        assert earliest(AT, SPAN, AT - timedelta(hours=hours)) == (AT, "as planned")


def test_a_text_too_soon_after_the_last_waits_within_its_span() -> None:
    last = AT - timedelta(hours=19)
    assert earliest(AT, SPAN, last) == (
        AT + timedelta(hours=1),
        "moved to 20 hours later: the last text was at 2026-11-26 18:00 UTC",
    )


def test_a_text_that_would_wait_past_its_span_does_not_go() -> None:
    moment, reason = earliest(AT, SPAN, AT - timedelta(hours=2))
    assert moment is None
    assert reason == "the last text was at 2026-11-27 11:00 UTC; 20 hours later the window is over"


def test_a_text_planned_after_its_span_does_not_go() -> None:
    assert earliest(SPAN.end, SPAN, None) == (None, "the window is over")
    assert earliest(NOON - timedelta(hours=1), SPAN, None) == (NOON, "as planned")


def test_a_second_text_for_one_date_does_not_go_however_long_it_has_been() -> None:
    day = date(2026, 11, 27)
    long_ago = AT - timedelta(hours=30)
    moment, reason = earliest(AT, SPAN, long_ago, local_date=day, last_local_date=day)
    assert (moment, reason) == (None, "the text of 2026-11-27 was sent already")
    assert earliest(AT, SPAN, long_ago, local_date=day, last_local_date=date(2026, 11, 26)) == (AT, "as planned")


@given(st.integers(0, 17_999), st.integers(60, 18_000), st.timedeltas(timedelta(hours=-30), timedelta(hours=6)))
def test_what_goes_is_in_the_span_not_before_its_plan_and_20_hours_after_the_last(
    planned: int, length: int, last: timedelta
) -> None:
    span = Span(NOON, NOON + timedelta(seconds=length))
    send_at = NOON + timedelta(seconds=planned)
    moment, reason = earliest(send_at, span, NOON + last)
    assert reason
    if moment is None:
        assert max(send_at, NOON + last + APART) > span.end - timedelta(seconds=61)
        return
    assert span.start <= send_at <= moment < span.end
    assert moment - (NOON + last) >= APART
    assert moment == send_at or moment - (NOON + last) < APART + timedelta(seconds=1)
