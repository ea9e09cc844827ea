"""Of several beats one ticks; who cannot reach the database does not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from giftpulse.ground import clock, ticking
from giftpulse.ground.site import Site
from giftpulse.worker import limits, reign
from giftpulse.worker.reign import Reign
from tests import make


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reign, "BEAT_RENEWS_EVERY", 0.0)


@pytest.fixture
def other(site: Site) -> Iterator[Site]:
    """A second process at the same database."""
    url = site.database.engine.url.render_as_string(hide_password=False)
    made = make.site(url, migrated=True)
    yield made
    made.close()


def test_one_reigns_and_the_other_takes_over(site: Site, other: Site) -> None:
    first, second = Reign(site), Reign(other)
    assert first.holds()
    assert first.began_anew()
    assert not first.began_anew()
    assert not second.holds()
    first.end()
    assert second.holds()
    assert second.began_anew()
    assert not first.holds()


def test_a_reign_that_was_lost_and_won_again_is_a_new_one(site: Site, other: Site) -> None:
    first, second = Reign(site), Reign(other)
    assert first.holds()
    first.began_anew()
    first.end()
    assert second.holds()
    assert not first.holds()
    second.end()
    assert first.holds()
    assert first.began_anew()


def test_who_cannot_reach_the_database_stops_in_time(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Reign(lite)
    assert mine.holds()

    @contextmanager
    def away() -> Iterator[None]:
        raise OperationalError("SELECT 1", {}, OSError("away"))
        yield

    monkeypatch.setattr(lite.database, "begin", away)
    assert mine.holds(), "a lease outlives a moment without a database"
    present = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: present + limits.BEAT_LEASE.total_seconds())
    assert not mine.holds()
    monkeypatch.undo()
    assert mine.holds()


def test_what_keeps_ticks_from_arriving_is_noted(lite: Site) -> None:
    mine = Reign(lite)
    mine.trouble = "Redis does not answer"
    assert mine.holds()
    with lite.database.read() as session:
        found = ticking.ticking(session, clock.now() + timedelta(seconds=1))
    assert found is not None
    assert "Redis does not answer" in str(found.trouble)
