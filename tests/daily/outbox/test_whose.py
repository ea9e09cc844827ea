"""Several texts to one number whose answers were lost: each gets its own message back, or none, and never another's."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from giftpulse.daily.outbox import notes, settle
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.post import Task
from giftpulse.daily.programs.senders import sender_parameters
from giftpulse.ground import clock
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.rest import TwilioRest
from tests.daily.outbox.test_faults import today
from tests.daily.outbox.test_sending import TODAY, write
from tests.daily.world import EVENING, SENDER, World, living

PHONE = "+12125557777"
CHANGED = "Sent from your Twilio trial account - "


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def claimed(world: World) -> tuple[Task, Task]:
    """One person's texts of two programs on one sender, both claimed by a process that dies."""
    programs = [world.program(), world.program(name="Other Words")]
    for program, words in zip(programs, ("You did well today.", "Take the long way home."), strict=True):
        world.person(program, phone=PHONE)
        write(world, program, words)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
    (one,), (other,) = (world.claim_once(program).tasks for program in programs)
    return one, other


def take(world: World, task: Task, body: str) -> None:
    """Twilio takes a text, and nobody hears of it."""

    async def post() -> None:
        account = account_of(world.site.settings)
        assert account is not None
        async with TwilioRest(account, world.site.settings) as rest:
            await rest.create_message({"To": task.phone, "Body": body, **sender_parameters(task.sender)}, tries=1)

    asyncio.run(post())


def look(world: World, *minutes: float) -> None:
    """Settle, and send what goes again."""
    for after in minutes:
        with clock.stopped(EVENING + timedelta(minutes=after)):
            settle.settle(world.site)
            world.send()


def states(world: World) -> list[str]:
    return [row.state for row in today(world)]


def test_a_text_is_not_taken_for_another_program_s_whose_row_is_looked_at_first(world: World) -> None:
    one, other = claimed(world)
    take(world, other, other.body)
    look(world, 3, 6, 9, 12, 15)
    assert Counter(world.at_twilio()) == {(PHONE, one.body): 1, (PHONE, other.body): 1}
    assert states(world) == ["accepted", "accepted"]
    assert len({row.sid for row in today(world)}) == 2


def test_what_may_be_either_s_is_nobody_s_until_the_window_is_long_over(world: World) -> None:
    _, other = claimed(world)
    take(world, other, CHANGED + other.body)
    look(world, 3, 6, 9, 12, 15)
    assert len(world.at_twilio()) == 1
    assert states(world) == ["unknown", "unknown"]
    assert "nobody knows yet whose it is" in str(today(world)[0].reason)
    over = (today(world)[0].window_end - EVENING) / timedelta(minutes=1)
    look(world, over + 59, over + 64)
    assert len(world.at_twilio()) == 1
    assert sorted(states(world)) == ["accepted", "skipped"], "one gives way, and the other has it"


def test_a_row_that_is_not_looked_at_yet_keeps_its_message(world: World) -> None:
    one, other = claimed(world)
    take(world, other, CHANGED + other.body)
    with world.site.database.begin() as session:
        waiting = update(Delivery).where(Delivery.id == other.delivery_id)
        session.execute(waiting.values(claimed_until=EVENING + timedelta(minutes=30)))
    look(world, 3)
    assert {row.id: row.state for row in today(world)} == {one.delivery_id: "unknown", other.delivery_id: "posting"}
    assert [row.sid for row in today(world)] == [None, None]


def test_once_the_other_one_is_settled_a_changed_text_is_found(world: World) -> None:
    one, other = claimed(world)
    take(world, one, CHANGED + one.body)
    take(world, other, other.body)
    look(world, 3)
    assert states(world) == ["accepted", "accepted"]
    assert len({row.sid for row in today(world)}) == 2


def test_the_words_of_another_text_to_the_number_are_not_ours_changed(world: World) -> None:
    """It went back to be sent again and has its words still; Twilio shows it late."""
    one, other = claimed(world)
    take(world, other, other.body)
    with world.site.database.begin() as session:
        back = {"state": "planned", "posted_at": None, "send_at": EVENING + timedelta(hours=1)}
        session.execute(update(Delivery).where(Delivery.id == other.delivery_id).values(back))
    look(world, 3)
    (row,) = (row for row in today(world) if row.id == one.delivery_id)
    assert (row.state, row.sid) == ("unknown", None)


def test_a_note_that_is_under_way_may_be_what_twilio_lists(world: World) -> None:
    one, other = claimed(world)
    take(world, other, "Your texts rest until Monday. HELP for help.")
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.id == other.delivery_id).values(state="skipped"))
        notes.write(
            session, key="reply:SM1", sender=SENDER, phone=PHONE, body="Your texts rest.", now=EVENING,
            expires=timedelta(minutes=10),
        )  # fmt: skip
        assert notes.claim(session, SENDER)
    with clock.stopped(EVENING + timedelta(minutes=3)):
        settle.settle(world.site)
    (row,) = (row for row in today(world) if row.id == one.delivery_id)
    assert (row.state, row.sid) == ("unknown", None)


def test_the_words_of_a_note_are_no_daily_text(world: World) -> None:
    one, other = claimed(world)
    take(world, other, "Your texts rest.")
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.id == other.delivery_id).values(state="skipped"))
        notes.write(
            session, key="reply:SM1", sender=SENDER, phone=PHONE, body="Your texts rest.", now=EVENING,
            expires=timedelta(minutes=10), send_at=EVENING + timedelta(hours=1),
        )  # fmt: skip
    look(world, 3, 6)
    assert Counter(world.at_twilio()) == {(PHONE, "Your texts rest."): 1, (PHONE, one.body): 1}


def test_of_two_senders_with_the_same_words_each_finds_its_own(world: World) -> None:
    one, other = claimed(world)
    take(world, other, other.body)
    with world.site.database.begin() as session:
        same = {row.id: row.body_hash for row in today(world)}[other.delivery_id]
        session.execute(update(Delivery).where(Delivery.id == one.delivery_id).values(body_hash=same))
        elsewhere = "UPDATE programs SET sender = '+15005550099' WHERE id = " + str(one.program_id)
        session.connection().exec_driver_sql(elsewhere)
    with clock.stopped(EVENING + timedelta(minutes=3)):
        settle.settle(world.site)
    assert {row.id: row.state for row in today(world)} == {one.delivery_id: "unknown", other.delivery_id: "accepted"}


def test_what_a_service_sent_by_rcs_is_found(world: World) -> None:
    service = "MG" + "b" * 32
    one, other = claimed(world)
    take(world, one, one.body)
    take(world, other, other.body)

    def by_rcs(simulator: object) -> None:
        for message in simulator.world.account().messages.page(lambda _m: True, 10).rows:  # type: ignore[attr-defined]  # a Simulator
            message.to, message.from_, message.service_sid = f"rcs:{PHONE}", "rcs:kind_words", service

    world.twilio.do(by_rcs)
    with world.site.database.begin() as session:
        session.connection().exec_driver_sql(f"UPDATE programs SET sender = '{service}'")
    with clock.stopped(EVENING + timedelta(minutes=3)):
        settle.settle(world.site)
    assert states(world) == ["accepted", "accepted"]


def test_a_text_is_not_taken_for_a_note_whose_answer_was_lost_as_well(world: World) -> None:
    program = world.program()
    world.person(program, phone=PHONE)
    write(world, program, "You did well today.")
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
    (text,) = world.claim_once(program).tasks
    with world.site.database.begin() as session:
        notes.write(
            session, key="reply:SM1", sender=SENDER, phone=PHONE, body="Welcome!", now=EVENING,
            expires=timedelta(minutes=10), program_id=program,
        )  # fmt: skip
    with world.site.database.begin() as session:
        taken = notes.claim(session, SENDER)
    assert taken is not None
    (note,) = taken
    take(world, text, f"{CHANGED}Welcome!")
    with world.site.database.begin() as session:
        notes.record(session, [notes.NoteOutcome(note, "unknown", reason="lost")], EVENING)
    look(world, 3, 6, 9, 12, 15)
    assert states(world) == ["unknown"], "nobody knows whose it is, and so nothing is sent"
    assert [row.sid for row in today(world)] == [None]
