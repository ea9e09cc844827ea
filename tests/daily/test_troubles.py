"""What health says of the daily half: only what an operator has to act on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.troubles import troubles
from giftpulse.ground import clock
from tests.daily.outbox.test_sending import LATE, TODAY, pause
from tests.daily.world import EVENING, SENDER, World, living


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def told(world: World) -> list[str]:
    with world.site.database.read() as session:
        return troubles(session, world.site.settings, clock.now())


def due(world: World, program: int, people: int) -> None:
    world.people(program, people)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))


def test_due_texts_that_nothing_holds_are_told_and_held_ones_are_not(world: World) -> None:
    program = world.program()
    due(world, program, 3)
    with clock.stopped(EVENING + timedelta(minutes=14)):
        assert told(world) == []
    with clock.stopped(EVENING + timedelta(minutes=16)):
        (trouble,) = told(world)
        assert trouble == "3 texts of Kind Words are due for up to 16 minutes, and nothing holds them"
        pause(world, program, True)
        assert told(world) == []


def test_a_slow_sender_that_is_at_work_is_no_trouble(world: World) -> None:
    program = world.program(segments_per_second=0.1)
    due(world, program, 3)
    with clock.stopped(EVENING + timedelta(minutes=16)) as time:
        assert len(world.claim_once(program).tasks) == 1
        time.move(seconds=5)
        assert told(world) == []


def test_texts_of_which_nobody_knows_are_told_after_half_an_hour(world: World) -> None:
    program = world.program()
    due(world, program, 2)
    assert len(world.claim_once(program).tasks) == 2
    with clock.stopped(EVENING + timedelta(minutes=29)):
        assert told(world) == []
    with clock.stopped(EVENING + timedelta(minutes=31)):
        assert told(world) == ["of 2 texts nobody knows for 30 minutes whether Twilio has them"]


def test_a_hold_of_the_account_is_told_and_one_of_a_sender_is_not(world: World) -> None:
    with world.site.database.begin() as session:
        holds.hold(session, holds.of_sender(SENDER), holds.SENDER, "30007: filtered", clock.now())
        holds.hold(session, holds.ALL, holds.ACCOUNT, "20003: the key is not right", clock.now())
    assert told(world) == ["all texts are held since 2026-11-20 20:00 UTC: 20003: the key is not right"]


def test_nothing_planned_is_no_trouble(world: World) -> None:
    with clock.stopped(LATE):
        assert told(world) == []
