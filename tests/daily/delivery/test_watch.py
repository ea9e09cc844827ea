"""Watching first slices while others move the same days."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from giftpulse.daily.delivery import watch
from giftpulse.daily.outbox import days
from giftpulse.daily.programs.models import ProgramDay
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make

TODAY = make.NOON.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def many(postgres_url: str) -> Iterator[Site]:
    with clock.stopped(make.NOON), closing(make.site(postgres_url)) as site:
        yield site


def _day(local_date: date) -> ProgramDay:
    return ProgramDay(
        program_id=1, local_date=local_date, claimed=5, segments=5, canary=days.OPEN, canary_size=20, canary_reason=""
    )


def _somebody_waits(site: Site) -> bool:
    with site.database.read() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_days_are_locked_in_the_order_of_those_who_give_back(many: Site) -> None:
    """Or one of both would wait for the other in a circle, and Postgres end it."""
    with many.database.begin() as session:
        for local_date in (TOMORROW, TODAY):  # the later one is found first
            session.add(_day(local_date))
            session.flush()
    failed: list[BaseException] = []

    def look() -> None:
        try:
            watch.watch(many)
        except BaseException as error:
            failed.append(error)

    with many.database.begin() as session:
        days.give_back(session, {(1, TODAY): (1, 1)})
        watching = threading.Thread(target=look)
        watching.start()
        until = time.monotonic() + 10
        while not _somebody_waits(many) and time.monotonic() < until:
            time.sleep(0.02)
        days.give_back(session, {(1, TOMORROW): (1, 1)})
    watching.join()
    assert failed == []
    with many.database.read() as session:
        assert [day.claimed for day in session.scalars(select(ProgramDay))] == [4, 4]
