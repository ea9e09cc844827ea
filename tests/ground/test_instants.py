"""Instants as the API takes them."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from giftpulse.ground.instants import Instant
from tests.make import NOON

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00.000Z",
        "2026-11-20t12:00:00z",
        "2026-11-20T12:00Z",
        "2026-11-20 12:00:00Z",
        "2026-11-20T13:00:00+01:00",
        "2026-11-20T05:00:00-07:00",
        "2026-11-20T13:00:00 01:00",
        "2026-11-20T13:00 0100",
    ],
)
def test_the_same_instant_in_many_ways(text: str) -> None:
    taken = INSTANT.validate_python(text)
    assert taken == NOON
    assert taken.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        0,
        0.5,
        "1700000000",
        "2026-11-20",
        "2026-11-20T12:00:00",
        "12:00",
        "tomorrow",
        None,
        True,
        "2026-13-01T00:00Z",
    ],
)
def test_what_is_none_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


def test_the_ends_of_time_stay_within_what_can_be_stored() -> None:
    for text, year in (("0001-01-01T00:00:00+14:00", 1), ("9999-12-31T23:59:59-14:00", 9999)):
        taken = INSTANT.validate_python(text)
        assert taken.year == year
        assert taken - timedelta(hours=14) < taken < taken + timedelta(hours=14)
    assert INSTANT.validate_python(datetime(2026, 11, 20, 12, tzinfo=UTC)) == NOON
