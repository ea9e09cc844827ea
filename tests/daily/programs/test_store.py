"""Programs kept: what is refused and why, what a change moves, and what deleting leaves."""

from datetime import timedelta
from typing import Any

import pytest

from giftpulse.daily.programs import holds, seed, store
from giftpulse.daily.programs.models import Program
from giftpulse.ground.errors import InvalidInputError, NotFoundError
from giftpulse.ground.site import Site
from tests import make

LATER = make.NOON + timedelta(hours=1)


def made(site: Site, **data: Any) -> Program:
    with site.database.begin() as session:
        return store.create(session, {"name": "Daily Positivity", **data}, make.NOON)


def fault(site: Site, **data: Any) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as refused:
        made(site, **data)
    return {each.field: each.reason for each in refused.value.errors}


def test_a_name_is_enough(site: Site) -> None:
    one = made(site)
    assert (one.slug, one.brand, one.sender, one.join_keyword) == ("daily-positivity", "Daily Positivity", None, None)
    assert (one.window_start, one.window_end, one.weekdays) == (720, 1020, 0b1111111)
    assert (one.quiet_hours, one.canary, one.approval, one.max_segments) == (True, True, "none", 1)
    assert one.moved is False


def test_slugs_are_unique_for_ever(lite: Site) -> None:
    first = made(lite)
    with lite.database.begin() as session:
        store.delete(session, first.id, LATER)
    assert made(lite).slug == "daily-positivity-2"
    assert made(lite, name="¡Ánimo, Señor!").slug == "animo-senor"
    assert made(lite, name="日本").slug == "program"


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "a\x00b"}),
        ("name", {"name": "x" * 81}),
        ("window_end", {"window_start": "17:00", "window_end": "12:00"}),
        ("window_end", {"window_start": "12:00", "window_end": "12:00"}),
        ("window_end", {"window_start": "22:00", "window_end": "02:00"}),
        ("window_start", {"window_start": "25:00"}),
        ("window_start", {"window_start": 720}),
        ("weekdays", {"weekdays": []}),
        ("weekdays", {"weekdays": ["noday"]}),
        ("weekdays", {"weekdays": [7]}),
        ("holidays.0", {"holidays": ["2026-02-30"]}),
        ("join_keyword", {"join_keyword": "TWO WORDS"}),
        ("join_keyword", {"join_keyword": "A"}),
        ("join_keyword", {"join_keyword": "start"}),
        ("join_keyword", {"join_keyword": "YES"}),
        ("join_keyword", {"join_keyword": "Stop"}),
        ("join_keyword", {"join_keyword": "123"}),
        ("sender", {"sender": "5551234567890"}),
        ("sender", {"sender": "MG12"}),
        ("segments_per_second", {"segments_per_second": 0}),
        ("segments_per_second", {"segments_per_second": 2001}),
        ("max_segments", {"max_segments": 3}),
        ("approval", {"approval": "perhaps"}),
        ("language", {"language": "english"}),
        ("prompt", {"prompt": "x" * 4001}),
        ("prompt", {"prompt": "a\ud800"}),
        ("daily_cap", {"daily_cap": 0}),
        ("unknown", {"unknown": 1}),
    ],
)
def test_each_fault_has_its_field(lite: Site, field: str, data: dict[str, Any]) -> None:
    assert list(fault(lite, **data)) == [field]


def test_senders_of_all_kinds(lite: Site) -> None:
    for sender in ("+15551234567", "12345", "MG" + "a" * 32):
        assert made(lite, sender=sender).sender == sender


@pytest.mark.parametrize(
    ("days", "mask"),
    [
        (["mon", "wed"], 0b101), ([0, 6], 0b1000001), ("mon-fri", 0b11111), ("daily", 0b1111111),
        ("sat-mon", 0b1100001), (["Monday", "TUE"], 0b11), ("sun", 0b1000000), ("mon, wed-thu", 0b1101),
    ],
)  # fmt: skip
def test_days_are_taken_in_every_form(lite: Site, days: Any, mask: int) -> None:
    assert made(lite, weekdays=days).weekdays == mask


def test_a_keyword_is_one_programs(site: Site) -> None:
    first = made(site, join_keyword="joy")
    assert first.join_keyword == "JOY"
    assert "join_keyword" in fault(site, join_keyword="Joy")
    with site.database.begin() as session:
        store.patch(session, first.id, {"join_keyword": "JOY", "name": "Other"}, LATER)
        store.delete(session, first.id, LATER)
    assert made(site, join_keyword="JOY").join_keyword == "JOY"


@pytest.mark.parametrize(
    ("changes", "moves"),
    [
        ({"window_start": "11:00"}, True), ({"window_end": "18:00"}, True), ({"weekdays": "mon-fri"}, True),
        ({"holidays": ["2026-12-25"]}, True), ({"quiet_hours": False}, True), ({"window_start": "12:00"}, False),
        ({"name": "Other", "prompt": "Be kind", "canary": False, "sender": "12345"}, False),
    ],
)  # fmt: skip
def test_what_moves_the_plan(lite: Site, changes: dict[str, Any], moves: bool) -> None:
    one = made(lite)
    with lite.database.begin() as session:
        changed = store.patch(session, one.id, changes, LATER)
        assert changed.moved is moves
        assert changed.updated_at == LATER
        assert changed.slug == one.slug


def test_a_patch_leaves_the_rest_and_a_put_does_not(lite: Site) -> None:
    one = made(lite, prompt="Be kind", themes=["calm"], join_keyword="JOY")
    with lite.database.begin() as session:
        patched = store.patch(session, one.id, {"footer": "Reply STOP"}, LATER)
        assert (patched.prompt, patched.themes, patched.footer) == ("Be kind", '["calm"]', "Reply STOP")
        put = store.replace(session, one.id, {"name": "Other"}, LATER)
        assert (put.prompt, put.themes, put.join_keyword, put.slug) == ("", "[]", None, "daily-positivity")


def test_paused_is_a_hold_of_the_operator(site: Site) -> None:
    one = made(site, paused=True)
    with site.database.begin() as session:
        (held,) = holds.open_holds(session, LATER)
        assert (held.scope, held.cause, held.since) == (f"program:{one.id}", "operator", make.NOON)
        store.patch(session, one.id, {"prompt": "x"}, LATER)
        assert store.is_paused(session, one, LATER), "a change of something else ends no pause"
        store.patch(session, one.id, {"paused": False}, LATER, "somebody")
        assert holds.open_holds(session, LATER) == []
        assert (held.lifted_at, held.lifted_by) == (LATER, "somebody")


def test_deleting_stops_and_keeps(site: Site) -> None:
    one = made(site)
    with site.database.begin() as session:
        store.delete(session, one.id, LATER)
        assert holds.holding(holds.open_holds(session, LATER), one, site.settings) is not None
        with pytest.raises(NotFoundError):
            store.get(session, one.id)
        assert store.by_slug(session, one.slug) is None
        assert session.get_one(Program, one.id).deleted_at == LATER


def test_seeding_twice_makes_one(site: Site) -> None:
    with site.database.begin() as session:
        first = seed.seed(session, site.settings, make.NOON)
        assert (first.name, first.join_keyword, first.window_start, first.window_end) == (
            "Daily Positivity", "DAILY", 720, 1020,
        )  # fmt: skip
        assert seed.seed(session, site.settings, LATER) is first


def test_seeding_leaves_a_taken_keyword(lite: Site) -> None:
    made(lite, name="Other", join_keyword="DAILY")
    with lite.database.begin() as session:
        assert seed.seed(session, lite.settings, make.NOON).join_keyword is None
