"""Twilio's ways of writing an instant."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.twilio.dates import parse_instant


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))
def test_both_ways_of_writing_are_read_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_instant(format_datetime(moment)) == moment
    assert parse_instant(moment.strftime("%Y-%m-%dT%H:%M:%SZ")) == moment


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "Xxx, 99 Zzz 2023 99:99:99 +0000",
        "Thu, 31 Feb 2023 05:01:45 +0000",
        "2023-13-45T00:00:00Z",
        "0",
    ],
)
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert parse_instant(text) is None


def test_other_offsets_and_fractions_come_out_in_utc() -> None:
    expected = datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)
    assert parse_instant("Thu, 24 Aug 2023 07:01:45 +0200") == expected
    assert parse_instant("2023-08-24T07:01:45+02:00") == expected
    assert parse_instant("2023-08-24T05:01:45") == expected
    assert parse_instant("2023-08-24T05:01:45.250Z") == expected.replace(microsecond=250000)
