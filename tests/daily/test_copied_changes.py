"""Who is changed after a copy was made gets no text for a date on which the other installation may have sent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from giftpulse.daily import rounds
from giftpulse.daily.outbox.gate import COPIED, SPENT
from giftpulse.daily.outbox.models import Delivery, Plan
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.places import from_zone
from giftpulse.ground import clock
from tests.daily.outbox.test_sending import TODAY
from tests.daily.test_copied import HOUR, copied, due_at, resume, since_yesterday
from tests.daily.test_why import told
from tests.daily.world import EVENING, SENDER, World, living

MORNING = EVENING - 6 * HOUR
"""9:00 in New York, when the window opens. Three hours later it is over; in Hawaii it is 7:00 then."""

COPIED_AT = MORNING + 4 * HOUR
TOMORROW = TODAY + timedelta(days=1)
HAWAII = from_zone("Pacific/Honolulu")
FIVE = Window(17 * 60, 18 * 60)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(MORNING), living(database_url) as made:
        yield made


def sent_by_the_other(world: World, number: int) -> tuple[int, list[int]]:
    """A program whose people have their texts of today; and a copy that knows nothing of it, for it is from before
    today was planned. Answers the program, and the people."""
    program = since_yesterday(world, number, window_start="09:00", window_end="12:00")
    world.plan()
    with clock.stopped(MORNING + 3 * HOUR - timedelta(minutes=1)):
        assert world.send().accepted == number
    people = sorted({row.subscriber_id for row in world.deliveries()})
    with world.site.database.begin() as session:
        session.execute(delete(Delivery))
        session.execute(delete(Plan))
    return program, people


def go_on(world: World, hours: int) -> None:
    """The rounds: now, and for some hours a minute before each is over, as windows are. What people texted is heard of
    with the first."""
    now = clock.now()
    for at in (now, *(now.replace(minute=59) + hour * HOUR for hour in range(hours))):
        with clock.stopped(at):
            world.send()
            if at == now:
                world.poll()
            while rounds.answer(world.site):
                pass
            rounds.plan(world.site)


def days_of(world: World, person: int) -> dict[Any, tuple[str, str | None]]:
    """What became of a person's dates here."""
    return {row.local_date: (row.state, row.reason) for row in world.deliveries(subscriber_id=person)}


def move(world: World, session: Session, one: Subscriber) -> None:
    change.move(session, one, HAWAII, clock.now())


def choose_a_time(world: World, session: Session, one: Subscriber) -> None:
    change.set_window(session, one, FIVE, clock.now())


def say_a_time(world: World, session: Session, one: Subscriber) -> None:
    assert one.phone is not None
    world.twilio.receive(one.phone, SENDER, "TIME 5PM")


def come_back_elsewhere(world: World, session: Session, one: Subscriber) -> None:
    assert one.phone is not None
    now = clock.now()
    leave(session, [one], Consent(kind="opt_out", source="keyword", by="test", at=now), now)
    consent = Consent(kind="opt_in", source="keyword", by="test", at=now, wording="")
    program = session.get_one(Program, one.program_id)
    assert join(session, world.site, program, one.phone, consent, now, place=HAWAII).outcome == "returned"


CHANGES = (move, choose_a_time, say_a_time, come_back_elsewhere)


@pytest.mark.parametrize("resumed", [False, True])
def test_who_is_changed_before_or_after_the_resume_gets_none_that_day(world: World, resumed: bool) -> None:
    program, people = sent_by_the_other(world, len(CHANGES))
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        if resumed:
            rounds.plan(world.site)
            resume(world, program)
            time.move(minutes=2)
        for person, changes in zip(people, CHANGES, strict=True):
            with world.site.database.begin() as session:
                changes(world, session, session.get_one(Subscriber, person))
        if not resumed:
            world.poll()
            while rounds.answer(world.site):
                pass
            rounds.plan(world.site)
            time.move(minutes=2)
            resume(world, program)
        go_on(world, 7)
    assert [days_of(world, person)[TODAY] for person in people] == [("skipped", SPENT)] * len(CHANGES)
    with clock.stopped(MORNING + 24 * HOUR):
        go_on(world, 13)
    assert {days_of(world, person)[TOMORROW][0] for person in people} == {"accepted"}


@pytest.mark.parametrize("resumed", [False, True])
def test_a_window_of_the_program_that_is_made_again_sends_nobody_a_second_text(world: World, resumed: bool) -> None:
    program, people = sent_by_the_other(world, 10)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        for step in (resume, _afternoon) if resumed else (_afternoon, resume):
            rounds.plan(world.site)
            step(world, program)
            time.move(minutes=2)
        go_on(world, 5)
        assert [days_of(world, person)[TODAY] for person in people] == [("skipped", SPENT)] * 10
        time.move(hours=24)
        go_on(world, 5)
    assert {days_of(world, person)[TOMORROW][0] for person in people} == {"accepted"}
    assert len(world.at_twilio()) == 20


def _afternoon(world: World, program: int) -> None:
    with world.site.database.begin() as session:
        programs.patch(session, program, {"window_start": "14:00", "window_end": "18:00"}, clock.now())


def test_who_changes_their_mind_twice_before_the_copy_hears_of_it_gets_none(world: World) -> None:
    """Their time is the old one again; but it was another one when the other installation sent."""
    with clock.stopped(MORNING - 24 * HOUR):
        program = world.program(window_start="16:00", window_end="18:00")
        one = world.person(program, phone="+12125550143")
    for at, said in ((MORNING - HOUR, "TIME 9AM"), (MORNING + HOUR, "TIME 4PM-6PM")):
        with clock.stopped(at):
            world.twilio.receive("+12125550143", SENDER, said)  # the other one obeyed, and sent in between
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        go_on(world, 0)
        assert world.subscriber(one).window_start == 16 * 60
        resume(world, program)
        time.move(minutes=1)
        go_on(world, 6)
    assert days_of(world, one)[TODAY] == ("skipped", SPENT)


def test_who_is_not_changed_gets_theirs_beside_those_who_are(world: World) -> None:
    with clock.stopped(MORNING - 24 * HOUR):
        program = world.program(window_start="16:00", window_end="18:00")
        stays, changes = world.people(program, 2)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        resume(world, program)
        time.move(minutes=1)
        with world.site.database.begin() as session:
            choose_a_time(world, session, session.get_one(Subscriber, changes))
        go_on(world, 6)
    assert days_of(world, stays)[TODAY][0] == "accepted"
    assert days_of(world, changes)[TODAY] == ("skipped", SPENT)


def test_who_joins_on_that_day_begins_tomorrow(world: World) -> None:
    """Nobody knows here whether the other installation had them; a file that is imported again is full of such."""
    with clock.stopped(MORNING - 24 * HOUR):
        program = world.program(window_start="16:00", window_end="18:00")
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        resume(world, program)
        time.move(minutes=1)
        one = world.person(program)
        go_on(world, 6)
        assert days_of(world, one)[TODAY] == ("skipped", SPENT)
        time.move(hours=24)
        go_on(world, 6)
    assert days_of(world, one)[TOMORROW][0] == "accepted"


def test_a_date_that_had_begun_where_they_were_is_spent_where_they_went(world: World) -> None:
    """In Sydney it is tomorrow already, and they may have had its text."""
    with clock.stopped(MORNING - 24 * HOUR):
        program = world.program(window_start="00:00", window_end="24:00")
        one = world.person(program, "Australia/Sydney")
        stays = world.person(program)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        resume(world, program)
        time.move(minutes=1)
        with world.site.database.begin() as session:
            move(world, session, session.get_one(Subscriber, one))
        go_on(world, 40)
    assert days_of(world, one)[TOMORROW] == ("skipped", SPENT)
    assert days_of(world, stays)[TOMORROW][0] == "accepted"


def test_whoever_moved_before_they_are_planned_again_is_not_put_off(world: World) -> None:
    """Their row would come back with a later moment, and be taken for one that was never due."""
    program = since_yesterday(world, 1)
    world.plan()
    (one,) = due_at(world, COPIED_AT + HOUR / 2)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        time.move(minutes=30)
        resume(world, program)
        with world.site.database.begin() as session:
            move(world, session, session.get_one(Subscriber, one))
        time.move(minutes=1)
        assert world.send().skipped == 1
    assert days_of(world, one)[TODAY] == ("skipped", COPIED)


def test_a_copy_of_a_copy_knows_what_was_changed_in_the_first(world: World) -> None:
    program, people = sent_by_the_other(world, 3)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        resume(world, program)
        time.move(minutes=10)
        _afternoon(world, program)
        time.move(minutes=10)
        copied(world)
        time.move(minutes=10)
        resume(world, program)
        with world.site.database.read() as session:
            known = holds.standing(session, clock.now()).copied
        assert known == holds.Copied(COPIED_AT, COPIED_AT + HOUR / 2)
        go_on(world, 5)
    assert [days_of(world, person)[TODAY] for person in people] == [("skipped", SPENT)] * 3


def test_the_story_tells_why_a_day_is_spent(world: World) -> None:
    program, (one,) = sent_by_the_other(world, 1)
    with clock.stopped(COPIED_AT) as time:
        copied(world)
        resume(world, program)
        time.move(minutes=1)
        with world.site.database.begin() as session:
            choose_a_time(world, session, session.get_one(Subscriber, one))
        rounds.plan(world.site)
        assert [line.why for line in told(world, one) if line.what == "will be skipped"] == [SPENT]
