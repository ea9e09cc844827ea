"""What is told and counted of the program, read from its own tables."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from giftpulse.daily.inbound.door import make_answer
from giftpulse.daily.programs import holds
from giftpulse.demo.program import tally
from giftpulse.demo.program.begin import SENDER
from giftpulse.demo.program.chronicle import Chronicle
from giftpulse.ground import clock
from tests.daily.world import EVENING, World, living

ADA = "+19175550142"


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(sqlite_url) as made:
        yield made


def say(world: World, sid: str, body: str) -> None:
    make_answer(world.site)({"MessageSid": f"SM{sid:0>32}", "From": ADA, "To": SENDER, "Body": body})


def told(world: World, chronicle: Chronicle) -> list[str]:
    with world.site.database.read() as session:
        return [f"{scene.kind}: {scene.says}" for scene in chronicle.news(session)]


def test_what_people_text_is_told_once_with_what_was_answered(world: World) -> None:
    world.program(sender=SENDER, join_keyword="DAILY")
    chronicle = Chronicle()
    say(world, "1", "DAILY")
    say(world, "2", "HELP")
    say(world, "3", "I don't want to live anymore")
    join, help_, danger = told(world, chronicle)
    assert join.startswith('person: +1917•••0142 texts "DAILY": join, answered "')
    assert help_ == 'person: +1917•••0142 texts "HELP": help, answered by Twilio itself'
    assert "(IN DANGER): other, answered" in danger
    assert told(world, chronicle) == []


def test_texts_that_are_sent_and_holds_are_told_and_counted(world: World) -> None:
    program_id = world.program(sender=SENDER)
    world.people(program_id, 3)
    chronicle = Chronicle()
    world.plan()
    world.twilio.order("error_after", method="POST", path="/Messages", after=1)
    with clock.stopped(EVENING + timedelta(minutes=117)):  # all of the window but its last minutes is over
        world.send()
    with world.site.database.begin() as session:
        holds.hold(session, f"sender:{SENDER}", holds.SENDER, "30007: filtered", clock.now())
    lines = told(world, chronicle)
    assert "outbox: 1 text: the answer was lost" in lines
    assert "hold: texts wait: 30007: filtered" in lines
    with world.site.database.read() as session:
        seen = tally.look(session)
    assert (seen.people["active"], seen.handed, seen.lost, seen.settled) == (3, 2, 1, 0)
    assert seen.held == "30007: filtered"
    with world.site.database.begin() as session:
        holds.lift(session, f"sender:{SENDER}", None, clock.now(), "operator")
    assert told(world, chronicle) == ["hold: texts go on: lifted by operator"]


def test_nothing_at_all_is_counted_as_nothing(world: World) -> None:
    with world.site.database.read() as session:
        assert tally.look(session) == tally.Tally()
