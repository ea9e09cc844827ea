"""Slices of time for a list that gives only so many rows to a query."""

import logging
from datetime import timedelta

import pytest

from giftpulse.logs import slices
from giftpulse.logs.slices import MOST_ROWS, Slice
from tests.make import NOON

HOUR = timedelta(hours=1)


def test_a_query_that_was_not_cut_off_is_not_asked_again() -> None:
    assert Slice(NOON, NOON + HOUR).parts(MOST_ROWS - 1) == []


def test_a_query_that_may_have_been_cut_off_is_asked_in_halves_of_which_the_newer_is_taken_first() -> None:
    parts = Slice(NOON, NOON + HOUR).parts(MOST_ROWS)
    assert parts == [Slice(NOON, NOON + HOUR / 2), Slice(NOON + HOUR / 2, NOON + HOUR)]
    assert parts.pop().filters() == {"StartDate": "2026-11-20T12:30:00Z", "EndDate": "2026-11-20T13:00:00Z"}


def test_halves_leave_no_gap_and_come_to_an_end(caplog: pytest.LogCaptureFixture) -> None:
    waiting, ends = [Slice(NOON - timedelta(seconds=37), NOON)], []
    with caplog.at_level(logging.WARNING):
        while waiting:
            part = waiting.pop()
            parts = part.parts(MOST_ROWS)
            waiting += parts
            ends += [] if parts else [part]
    assert [newer.start for newer in ends[:-1]] == [older.end for older in ends[1:]]
    assert all(part.end - part.start <= timedelta(seconds=2) for part in ends)
    assert "in one second" in caplog.text


def test_no_query_reaches_back_30_days() -> None:
    assert NOON - slices.DAYS < slices.oldest(NOON) <= NOON - slices.DAYS + timedelta(minutes=10)
