"""Transitions and local times from ../shared/vectors, where that folder is there (users clone the project alone)."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from giftpulse.daily.schedule.walltime import both, exists, instant, reached
from giftpulse.ground.zones import zone

FILE = Path(__file__).parents[4] / "shared" / "vectors" / "timezone_dst.json"

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the folder ../shared/vectors is not on this machine")


@pytest.fixture(scope="module")
def vectors() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text())
    return loaded


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def parts(text: str) -> tuple[date, int]:
    local = datetime.fromisoformat(text)
    assert local.second == 0
    return local.date(), local.hour * 60 + local.minute


def test_every_local_time_is_its_instant(vectors: dict[str, list[dict[str, Any]]]) -> None:
    """Shift forward in a gap and the first in a fold: what the vectors call fold 0."""
    for row in vectors["local_to_utc"]:
        day, minute = parts(row["local"])
        assert both(row["zone"], day, minute) == (utc(row["utc_fold0"]), utc(row["utc_fold1"])), row
        assert instant(row["zone"], day, minute) == (utc(row["utc_fold0"]) if exists(row["zone"], day) else None), row


def test_every_transition_is_where_clocks_jump(vectors: dict[str, list[dict[str, Any]]]) -> None:
    for row in vectors["transitions"]:
        at, there = utc(row["utc"]), zone(row["zone"])
        assert at.astimezone(there).utcoffset() == timedelta(seconds=row["after"]), row
        assert (at - timedelta(seconds=1)).astimezone(there).utcoffset() == timedelta(seconds=row["before"]), row
        if "missing_from" in row:
            day, minute = parts(row["missing_from"])
            until, end = parts(row["missing_to"])
            assert reached(row["zone"], day, minute) == at, row
            assert reached(row["zone"], until, end) == at, row


def test_every_day_begins_and_ends_where_it_should(vectors: dict[str, list[dict[str, Any]]]) -> None:
    for row in vectors["day_bounds"]:
        day = date.fromisoformat(row["date"])
        assert reached(row["zone"], day, 0) == utc(row["start_utc"]), row
        assert reached(row["zone"], day, 1440) == utc(row["end_utc"]), row
        assert exists(row["zone"], day) == (row["hours"] > 0), row


def test_zones_are_as_new_as_the_vectors(vectors: dict[str, list[dict[str, Any]]]) -> None:
    for row in vectors["tzdata_freshness"]:
        offset = utc(row["first_differs_utc"]).astimezone(zone(row["zone"])).utcoffset()
        assert offset == timedelta(seconds=row["offset_2026f"]), row
