"""A copy of an installation sends nothing that the other one may have sent; on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from giftpulse.daily import rounds
from giftpulse.daily.copied import HeldBack, hold_back, mark
from giftpulse.daily.inbound import listen
from giftpulse.daily.outbox import notes, settle
from giftpulse.daily.outbox.gate import COPIED
from giftpulse.daily.outbox.models import Delivery, Note, Plan
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.troubles import troubles
from giftpulse.ground import clock
from tests.daily.inbound.texting import rows
from tests.daily.outbox.test_sending import LATE, TODAY
from tests.daily.test_why import told
from tests.daily.world import EVENING, SENDER, World, living

HOUR = timedelta(hours=1)
WHY = "restored from a backup"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def copied(world: World) -> HeldBack:
    with world.site.database.begin() as session:
        return hold_back(session, WHY, clock.now())


def resume(world: World, program: int) -> None:
    with world.site.database.begin() as session:
        programs.resume(session, program, world.site.settings, clock.now(), "test")


def since_yesterday(world: World, number: int, **changes: Any) -> int:
    """A program with some people, as they were long before the copy is made; answers its id."""
    with clock.stopped(clock.now() - 24 * HOUR):
        program = world.program(**changes)
        world.people(program, number)
    return program


def due_at(world: World, *when: datetime) -> list[int]:
    """Each person of the first program is due today at another moment; their numbers."""
    people = sorted({row.subscriber_id for row in world.deliveries(local_date=TODAY)})
    assert len(people) == len(when)
    with world.site.database.begin() as session:
        for person, at in zip(people, when, strict=True):
            theirs = update(Delivery).where(Delivery.subscriber_id == person, Delivery.local_date == TODAY)
            session.execute(theirs.values(send_at=at))
    return people


def today(world: World) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in world.deliveries(local_date=TODAY)]


def note(world: World, key: str, at: datetime) -> None:
    with world.site.database.begin() as session:
        notes.write(
            session, key=key, sender=SENDER, phone="+12125550143", body="Hi.", now=at, expires=HOUR, send_at=at
        )  # fmt: skip


def note_states(world: World) -> dict[str, str]:
    with world.site.database.read() as session:
        return {row.key: row.state for row in session.scalars(select(Note))}


def test_what_was_due_is_skipped_and_what_is_due_after_the_resume_goes(world: World) -> None:
    program = since_yesterday(world, 5)
    world.plan()
    due_at(world, EVENING - HOUR, EVENING, EVENING + HOUR / 4, EVENING + HOUR / 2, EVENING + HOUR)
    assert copied(world) == HeldBack(held=True, texts=2, notes=0)
    skipped, planned = ("skipped", COPIED), ("planned", None)
    assert today(world) == [skipped, skipped, planned, planned, planned]
    with clock.stopped(EVENING + HOUR / 4):
        assert world.send().posted == 0
        rounds.plan(world.site)  # what becomes due while it is held is skipped by many at once
        assert today(world) == [skipped, skipped, skipped, planned, planned]
    with clock.stopped(EVENING + HOUR / 2) as time:
        resume(world, program)  # this instant's is left to the gate
        assert (world.send().posted, today(world)[3]) == (0, skipped)
        time.move(minutes=30)
        assert world.send().accepted == 1
    assert [row.state for row in world.deliveries(local_date=TODAY)] == ["skipped"] * 4 + ["accepted"]
    with clock.stopped(LATE + 24 * HOUR):
        assert world.send().accepted == 5, "tomorrow is as ever"


def test_whoever_was_planned_after_the_backup_does_not_get_a_second_text(world: World) -> None:
    """The copy knows nothing of their day: it is planned anew, and their moment is the one at which the first went."""
    program = since_yesterday(world, 40)
    world.plan()
    sent = world.send().accepted
    assert 0 < sent < 40
    with world.site.database.begin() as session:  # as it was before any of it
        session.execute(delete(Delivery))
        session.execute(delete(Plan))
    assert copied(world).texts == 0
    resume(world, program)
    assert world.plan().added == 80
    with clock.stopped(LATE):
        assert world.send().accepted == 40 - sent
    numbers = [to for to, _ in world.at_twilio()]
    assert len(numbers) == len(set(numbers)) == 40


def test_a_text_under_way_is_settled_by_asking_twilio_and_not_sent_again(world: World) -> None:
    program = world.program()
    world.people(program, 2)
    world.plan()
    due_at(world, EVENING, EVENING)
    assert len(world.claim_once(program).tasks) == 2  # written down as under way, and the copy is made
    assert copied(world) == HeldBack(held=True)
    resume(world, program)
    assert [state for state, _ in today(world)] == ["posting", "posting"]
    for minutes in range(2, 12, 2):
        with clock.stopped(EVENING + timedelta(minutes=minutes)):
            settle.settle(world.site)
            world.send()
    assert today(world) == [("skipped", COPIED)] * 2
    assert world.at_twilio() == []


def test_without_a_program_nothing_is_held(world: World) -> None:
    assert copied(world) == HeldBack()
    with world.site.database.read() as session:
        assert holds.open_holds(session, EVENING) == []


def test_notes_of_before_do_not_go_and_what_a_person_writes_does(world: World) -> None:
    program = world.program()
    note(world, "ask:1", EVENING)
    note(world, "inbox:1", EVENING)
    note(world, "ask:2", EVENING + HOUR / 2)
    assert copied(world) == HeldBack(held=True, texts=0, notes=3)
    with clock.stopped(EVENING + HOUR / 4) as time:
        note(world, "ask:3", clock.now())
        note(world, "reply:3", clock.now())
        note(world, "inbox:3", clock.now())
        world.send()
        resume(world, program)
        time.move(minutes=1)
        note(world, "ask:4", clock.now())
        world.send()
    gone = {"inbox:3": "accepted", "ask:4": "accepted"}
    held = dict.fromkeys(("ask:1", "inbox:1", "ask:2", "ask:3", "reply:3"), "skipped")
    assert note_states(world) == {**held, **gone}


def test_what_people_wrote_before_is_obeyed_and_not_answered_twice(world: World) -> None:
    program = world.program(join_keyword="SMILE")
    one = world.person(program, phone="+12125550143")
    world.twilio.receive("+12125550143", SENDER, "PAUSE")
    world.twilio.receive("+12125550144", SENDER, "SMILE")
    copied(world)
    resume(world, program)
    world.poll()
    while listen.listen(world.site):
        pass
    assert {(row.intent, row.reply_by) for row in rows(world.site)} == {("pause", "none"), ("join", "none")}
    assert all("may have answered it" in row.reason for row in rows(world.site))
    assert world.subscriber(one).paused_until is not None
    assert world.subscriber(one + 1).status == "active"
    assert note_states(world) == {}
    with clock.stopped(EVENING + HOUR):
        world.twilio.receive("+12125550143", SENDER, "RESUME")
        world.poll()
        while listen.listen(world.site):
            pass
        assert [row.reply_by for row in rows(world.site)] == ["none", "none", "rest"]


def test_health_and_the_story_tell_of_it(world: World) -> None:
    program = world.program()
    one = world.person(program)
    world.plan()
    due_at(world, EVENING + HOUR)
    copied(world)
    with world.site.database.read() as session:
        assert troubles(session, world.site.settings, EVENING) == [
            f"all texts are held since 2026-11-20 20:00 UTC: {WHY}"
        ]
    with clock.stopped(EVENING + HOUR):
        assert [line.why for line in told(world, one) if line.what == "will be skipped"] == [COPIED]
        resume(world, program)
        assert [line.why for line in told(world, one) if line.what == "will be skipped"] == [COPIED]


def test_the_beginning_is_forgotten_after_three_days_and_moved_by_a_later_copy(world: World) -> None:
    program = world.program()

    def sends_from(now: datetime) -> datetime | None:
        with world.site.database.read() as session:
            return holds.sends_from(session, now)

    assert sends_from(EVENING) is None
    copied(world)
    assert sends_from(EVENING + HOUR) == EVENING + HOUR
    resume(world, program)
    assert sends_from(EVENING + HOUR) == EVENING
    with clock.stopped(EVENING + 3 * HOUR):
        copied(world)
        resume(world, program)
        assert sends_from(EVENING + 4 * HOUR) == EVENING + 3 * HOUR
        with world.site.database.read() as session:
            assert holds.open_holds(session, clock.now()) == []
    assert sends_from(EVENING + 74 * HOUR) == EVENING + 3 * HOUR
    assert sends_from(EVENING + 75 * HOUR) is None


def test_a_backup_is_held_in_its_own_file_and_a_restore_tells_what_it_skipped(world: World) -> None:
    since_yesterday(world, 1)
    note(world, "reply:SM1", EVENING)
    with world.site.database.begin() as session:
        mark(session, clock.now())
    assert note_states(world) == {"reply:SM1": "skipped"}
    with clock.stopped(EVENING + HOUR):
        note(world, "reply:SM2", clock.now())
        assert copied(world) == HeldBack(held=True, texts=0, notes=2)
