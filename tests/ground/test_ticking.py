"""Who ticks, and when it is a trouble that nobody does."""

from datetime import datetime, timedelta

from giftpulse.ground import ticking
from giftpulse.ground.site import Site
from giftpulse.ground.ticking import Ticking
from tests.make import NOON

LEASE = timedelta(seconds=10)


def tick(site: Site, holder: str, at: datetime, trouble: str | None = None) -> int | None:
    with site.database.begin() as session:
        return ticking.tick(session, holder, at, LEASE, trouble)


def seen(site: Site, at: datetime) -> Ticking | None:
    with site.database.read() as session:
        return ticking.ticking(session, at)


def test_where_nobody_ever_ticked_nobody_is_missed(site: Site) -> None:
    assert seen(site, NOON) is None


def test_one_ticks_at_a_time_and_the_next_takes_over(site: Site) -> None:
    assert tick(site, "a", NOON) == 1
    assert tick(site, "b", NOON) is None
    assert seen(site, NOON) == Ticking("a", NOON, None)
    later = NOON + timedelta(seconds=10)
    assert tick(site, "b", later) == 2
    assert seen(site, later) == Ticking("b", later, None)


def test_silence_is_a_trouble_after_a_minute_and_history_after_a_day(site: Site) -> None:
    tick(site, "a", NOON)
    found = seen(site, NOON + timedelta(seconds=30))
    assert found == Ticking(None, NOON, None)
    found = seen(site, NOON + timedelta(seconds=90))
    assert found is not None
    assert found.trouble is not None
    assert found.trouble.startswith("nobody has ticked for the rounds for 90 s")
    assert seen(site, NOON + timedelta(days=2)) is None


def test_ticks_that_reach_nobody_are_none(site: Site) -> None:
    tick(site, "a", NOON)
    for seconds in range(3, 90, 3):
        tick(site, "a", NOON + timedelta(seconds=seconds), "Redis does not answer")
    found = seen(site, NOON + timedelta(seconds=90))
    assert found is not None
    assert (found.holder, found.last_tick_at) == ("a", NOON)
    assert "Redis does not answer" in str(found.trouble)


def test_who_needs_no_ticks_forgets_them(site: Site) -> None:
    tick(site, "a", NOON)
    with site.database.begin() as session:
        ticking.forget(session)
    assert seen(site, NOON + timedelta(hours=1)) is None
