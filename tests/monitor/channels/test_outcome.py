"""What an HTTP answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from giftpulse.monitor.channels.outcome import MAX_DETAIL, Outcome, from_status, parse_retry_after, short

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered(status: int) -> None:
    outcome = from_status(status)
    assert outcome.delivered
    assert not outcome.retryable


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451])
def test_3xx_and_most_4xx_are_for_good(status: int) -> None:
    outcome = from_status(status, retry_after=timedelta(seconds=5))
    assert outcome.permanent
    assert not outcome.retryable
    assert outcome.retry_after is None
    assert outcome.disable is (status == 410)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 520, 599])
def test_the_rest_is_tried_again(status: int) -> None:
    outcome = from_status(status, retry_after=timedelta(seconds=5))
    assert outcome.retryable
    assert outcome.status == status
    assert outcome.retry_after == timedelta(seconds=5)
    assert outcome.slow_down is (status in (429, 502, 504))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("99999999999999999999", 10**9),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 22 Nov 2026 12:01:00 -0000", 60),
        ("", None),
        (None, None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_reads_retry_after(value: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert parse_retry_after(value, NOW) == expected


def test_details_are_one_short_printable_line() -> None:
    outcome = Outcome(delivered=False, detail="a\r\nb\x00\x1b[31mc\u202e" + "x" * 10_000)
    assert outcome.detail.startswith("a b [31mc x")
    assert len(outcome.detail) == MAX_DETAIL
    assert short("  plain  ") == "plain"


def test_warnings_add_up() -> None:
    outcome = Outcome(delivered=True).warned("one").warned("two", "three")
    assert outcome.warnings == ("one", "two", "three")
