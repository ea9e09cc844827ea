"""Beat: ticks while it reigns, for what is due by the database; another one beside it does no harm."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery

from giftpulse.ground import clock, runs
from giftpulse.ground.site import Site
from giftpulse.timetable import ROUNDS
from giftpulse.worker.beat import Ticker
from giftpulse.worker.celery import configuration
from tests import make, redis


@pytest.fixture
def site_here(postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site on Postgres, whose settings are those of the environment."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("SECRET_KEY", "a key for tests, long enough to be taken")
    made = make.site(postgres_url, migrated=True)
    yield made
    made.close()


class Sent(list[str]):
    """Messages that were handed over in Celery's place."""

    def take(self, name: str, **_: Any) -> None:
        self.append(name)


@pytest.fixture
def beats(site_here: Site) -> Iterator[tuple[tuple[Ticker, Sent], tuple[Ticker, Sent]]]:
    """Two beats."""
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            sent = Sent()
            app = Celery("a beat of a test", set_as_current=False)
            app.add_defaults(configuration())
            app.send_task = sent.take
            ticker = Ticker(app)
            stack.callback(ticker.close)
            made.append((ticker, sent))
        yield made[0], made[1]


def turn(ticker: Ticker) -> None:
    """Tick until nothing is due."""
    while ticker.tick() == 0:
        pass


def test_a_new_installation_is_ticked_for_at_once_by_one_of_two(
    beats: tuple[tuple[Ticker, Sent], tuple[Ticker, Sent]],
) -> None:
    (first, mine), (second, theirs) = beats
    turn(first)
    turn(second)
    assert sorted(mine) == sorted(f"round.{each.name}" for each in ROUNDS)
    assert theirs == []


def test_what_ran_lately_is_not_due_after_a_restart(
    site_here: Site, beats: tuple[tuple[Ticker, Sent], tuple[Ticker, Sent]]
) -> None:
    (first, mine), _ = beats
    with site_here.database.begin() as session:
        runs.note(session, "cleanup", clock.now() - timedelta(minutes=5), None)
        runs.note(session, "pull", clock.now() - timedelta(minutes=6), None)
    turn(first)
    assert "round.pull" in mine
    assert "round.cleanup" not in mine


def test_a_redis_that_is_away_ends_no_beat(
    site_here: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with redis.own() as server:
        monkeypatch.setenv("REDIS_URL", server.url)
    app = Celery("a beat of a test", set_as_current=False)
    app.add_defaults(configuration())
    ticker = Ticker(app)
    try:
        for _ in ROUNDS:
            ticker.tick()
        told = [record for record in caplog.records if "Redis does not answer" in record.getMessage()]
        assert len(told) == 1
    finally:
        ticker.close()
