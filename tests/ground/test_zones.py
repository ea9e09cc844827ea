"""Zones come from the pinned package, whatever the machine's own copy says."""

import json
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from giftpulse.ground.zones import zone

FILE = Path(__file__).parents[3] / "shared" / "vectors" / "timezone_dst.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}

beside = pytest.mark.skipif(not VECTORS, reason="the shared vectors are not beside this checkout")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def offset(name: str, at: datetime) -> float:
    shift = at.astimezone(zone(name)).utcoffset()
    assert shift is not None
    return shift.total_seconds()


def test_the_machines_own_copy_is_not_looked_at() -> None:
    zone("America/Denver")
    assert zoneinfo.TZPATH == ()


@pytest.mark.parametrize("name", ["Nowhere/Atlantis", "", "../../etc/passwd", "America"])
def test_a_zone_that_is_not_there(name: str) -> None:
    with pytest.raises((zoneinfo.ZoneInfoNotFoundError, ValueError, OSError)):
        zone(name)


@pytest.mark.parametrize(
    ("name", "at", "hours"),
    [
        ("America/Denver", "2026-03-08T08:59:59+00:00", -7),
        ("America/Denver", "2026-03-08T09:00:00+00:00", -6),
        ("America/Phoenix", "2026-07-01T00:00:00+00:00", -7),
        ("Asia/Kathmandu", "2026-07-01T00:00:00+00:00", 5.75),
        ("Pacific/Kiritimati", "2026-07-01T00:00:00+00:00", 14),
        ("America/Edmonton", "2026-12-01T00:00:00+00:00", -6),
    ],
)
def test_offsets(name: str, at: str, hours: float) -> None:
    assert offset(name, instant(at)) == hours * 3600


@beside
def test_rules_that_changed_lately_are_known() -> None:
    """A copy of 2025 is wrong about all of these."""
    fresh = VECTORS["tzdata_freshness"]
    assert len(fresh) >= 10
    wrong = [v for v in fresh if offset(v["zone"], instant(v["first_differs_utc"])) != v["offset_2026f"]]
    assert wrong == []


@beside
def test_local_times_the_missing_and_the_doubled_hour_included() -> None:
    for vector in VECTORS["local_to_utc"]:
        for fold in (0, 1):
            local = datetime.fromisoformat(vector["local"]).replace(tzinfo=zone(vector["zone"]), fold=fold)
            assert local.astimezone(UTC) == instant(vector[f"utc_fold{fold}"]), vector


@beside
def test_the_clock_jumps_where_and_when_it_should() -> None:
    for vector in VECTORS["transitions"]:
        at = instant(vector["utc"])
        before, after = offset(vector["zone"], at - timedelta(seconds=1)), offset(vector["zone"], at)
        assert (before, after) == (vector["before"], vector["after"]), vector
