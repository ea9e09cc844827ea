"""The place of a person in a span: even, the same everywhere, and the same in SQL."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.schedule.spread import SHARES, at, at_epoch, seconds_of, share, start_of
from giftpulse.daily.schedule.windows import Span

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
FIVE_HOURS = Span(NOON, NOON + timedelta(hours=5))

SHARE = st.integers(0, SHARES - 1)
SPANS = st.builds(
    lambda start, length: Span(start, start + timedelta(seconds=length)),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(60, 90_000),
)


def test_a_share_is_the_same_on_every_machine_and_run() -> None:
    assert [share(key) for key in ("1:+15551234567", "2:+15551234567", "")] == [1959125143, 816861700, 154724242]


def test_shares_are_spread_evenly() -> None:
    buckets = [0] * 20
    for n in range(20_000):
        buckets[share(f"7:+1555{n:07}") * 20 // SHARES] += 1
    chi_square = sum((count - 1000) ** 2 / 1000 for count in buckets)
    assert chi_square < 43.8  # 19 degrees of freedom: one in a thousand


def test_the_first_share_is_the_start_and_the_last_is_before_the_margin() -> None:
    assert at(FIVE_HOURS, 0) == NOON
    assert at(FIVE_HOURS, SHARES // 2) == NOON + timedelta(hours=2, minutes=30)
    assert at(FIVE_HOURS, SHARES - 1) == NOON + timedelta(hours=5) - timedelta(seconds=1)
    assert at(FIVE_HOURS, SHARES - 1, 600) == NOON + timedelta(hours=4, minutes=50) - timedelta(seconds=1)
    assert at(FIVE_HOURS, SHARES - 1, 5 * 3600) == NOON


@given(SPANS, SHARE, st.integers(0, 4000))
def test_the_instant_is_a_whole_second_inside_of_the_span(span: Span, part: int, margin: int) -> None:
    moment = at(span, part, margin)
    assert moment.microsecond == 0
    assert span.start <= moment < span.end
    if seconds_of(span, margin):
        assert moment < span.end - timedelta(seconds=margin)


@given(SPANS, SHARE, SHARE)
def test_a_greater_share_is_never_earlier(span: Span, one: int, other: int) -> None:
    assert at(span, min(one, other)) <= at(span, max(one, other))


@pytest.mark.parametrize(("part", "margin"), [(-1, 0), (SHARES, 0), (5, -1)])
def test_what_is_no_share_is_refused(part: int, margin: int) -> None:
    with pytest.raises(ValueError, match="expected a share"):
        at(FIVE_HOURS, part, margin)


def test_sql_says_the_very_same_instants() -> None:
    edges = [0, 1, SHARES // 2 - 1, SHARES // 2, SHARES - 2, SHARES - 1]
    rows = [
        (start, length, part)
        for start in (0, 1_795_777_200, 4_102_444_800)
        for length in (0, 1, 59, 60, 3_599, 18_000, 86_399, 90_000)
        for part in [*edges, *(share(f"3:+1555{n:07}") for n in range(200))]
    ]
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE person (start_epoch INTEGER, length INTEGER, share INTEGER)")
        database.executemany("INSERT INTO person VALUES (?, ?, ?)", rows)
        said = database.execute(
            "SELECT start_epoch + share * length / 2147483648 FROM person ORDER BY rowid"
        ).fetchall()
    database.close()
    assert [value for (value,) in said] == [at_epoch(*row) for row in rows]


def test_python_plans_by_the_same_formula() -> None:
    part = share("3:+15551234567")
    expected = at_epoch(start_of(FIVE_HOURS), seconds_of(FIVE_HOURS, 600), part)
    assert at(FIVE_HOURS, part, 600) == datetime.fromtimestamp(expected, UTC)
