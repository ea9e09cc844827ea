"""The verdict sees what it is there to see."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from giftpulse import timetable
from giftpulse.ground import clock
from giftpulse.simulator import SimulatorConfig
from tests import make
from tests.chaos import scene, verdict
from tests.daily.world import SENDER, World, living
from tests.receivers import Receiver

PHONES = {"+12135550001", "+12135550002"}


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with living(sqlite_url, SimulatorConfig(speed=0)) as made:
        timetable.enrol(made.site)
        yield made


def bad(world: World) -> set[str]:
    return {line.what for line in verdict.look(world, Receiver(), [1, 2], PHONES) if not line.good}


def text(world: World, *to: str) -> None:
    now = clock.now()
    for each in to:
        world.twilio.add_messages(
            1, first=now - timedelta(minutes=2), last=now, to=each, sender=SENDER, status="delivered"
        )


def read(world: World) -> None:
    """Everything that is owed is read, by the rules and the daily half."""
    for name in ("watch", "confirm", "answer"):
        while timetable.find(name).run(world.site):
            pass


def test_nothing_is_wrong_when_all_is_there(world: World) -> None:
    text(world, *PHONES)
    world.poll()
    read(world)
    assert bad(world) == set()


def test_what_is_missing_or_strange_or_owed_is_seen(world: World) -> None:
    text(world, *PHONES)
    assert bad(world) == {"every message once, by SID"}
    world.poll()
    assert bad(world) == {"nothing is left owed"}
    read(world)
    make.take(world.site, make.message(account_sid=world.twilio.account_sid))
    assert bad(world) >= {"every message once, by SID"}


def test_two_texts_and_none_are_seen(world: World) -> None:
    text(world, "+12135550001", "+12135550001")
    world.poll()
    read(world)
    assert bad(world) == {"nobody got two texts on a date", "nobody was forgotten"}


def test_a_failure_that_no_alert_counts_is_seen(world: World) -> None:
    text(world, *PHONES)
    now = clock.now()
    world.twilio.add_messages(1, first=now, last=now, status="undelivered", error_code=30003, to="+12065550142")
    world.poll()
    read(world)
    assert bad(world) == {"every failure counted in one alert"}
    assert scene.FAILED == ("failed", "undelivered")
