"""Durations as people write them."""

from datetime import timedelta

import pytest

from giftpulse.monitor.rules.durations import read_duration, write_duration
from giftpulse.monitor.rules.problems import Problems


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("30s", 30, "30s"),
        ("90s", 90, "90s"),
        ("120s", 120, "2m"),
        (" 5m ", 300, "5m"),
        ("24h", 86_400, "1d"),
        ("7d", 604_800, "7d"),
        ("0", 0, "0s"),
        ("0m", 0, "0s"),
        (0, 0, "0s"),
    ],
)
def test_a_duration_is_read_and_written_in_its_largest_unit(text: object, seconds: int, written: str) -> None:
    problems = Problems()
    assert read_duration(text, "for", problems, shortest=0) == timedelta(seconds=seconds)
    assert not problems.found
    assert write_duration(timedelta(seconds=seconds)) == written


@pytest.mark.parametrize(
    "text", ["", "s", "5", "5w", "1.5h", "-1s", "+5m", "5M", "1h30m", "9999999999s", 5, 0.0, None, True]
)
def test_anything_else_is_refused(text: object) -> None:
    problems = Problems()
    assert read_duration(text, "for", problems, shortest=0) is None
    assert [error.field for error in problems.found] == ["for"]
