"""Interleavings that a hostile reader found: each once sent somebody two texts, or lost or starved somebody."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import claims, plan, record, settle
from giftpulse.daily.outbox.claim import Claimed, claim
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.post import Outcome, Task
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program, ProgramDay
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.places import from_zone
from giftpulse.ground import clock
from giftpulse.ground.settings import Settings
from tests import make
from tests.daily.outbox.test_faults import planned, send_for_a_while, today
from tests.daily.outbox.test_sending import LATE, TODAY, write
from tests.daily.world import EVENING, SENDER, World, living


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def record_one(world: World, outcome: Outcome) -> None:
    with world.site.database.begin() as session:
        record.record(session, world.site.settings, [outcome], world.twilio.account_sid, clock.now())


def test_the_outcome_of_an_older_claim_is_not_taken_for_that_of_a_newer(world: World) -> None:
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    with clock.stopped(EVENING) as time:
        (old,) = world.claim_once(program).tasks
        with world.site.database.begin() as session:
            session.execute(
                update(Delivery).where(Delivery.id == old.delivery_id).values(state="planned", posted_at=None)
            )
        time.move(seconds=30)
        (new,) = world.claim_once(program).tasks
        record_one(world, Outcome(old, "not_taken", "429, told late"))
        assert today(world)[0].state == "posting"
        record_one(world, accepted(new))
        (row,) = today(world)
        assert (row.state, bool(row.sid)) == ("accepted", True)


def accepted(task: Task) -> Outcome:
    raw = make.row(make.message(to=task.phone, body=task.body, status="queued", price=None))
    return Outcome(task, "accepted", sid=make.sid("SM", 4711), raw=raw)


def test_an_acceptance_that_comes_after_the_row_was_taken_for_lost_counts(world: World) -> None:
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    (task,) = world.claim_once(program).tasks
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.id == task.delivery_id).values(state="unknown"))
    record_one(world, accepted(task))
    assert today(world)[0].state == "accepted"


@pytest.mark.parametrize("prefix", ["Sent from your Twilio trial account - ", ""])
def test_a_text_that_twilio_changed_on_its_way_is_not_sent_again(world: World, prefix: str) -> None:
    planned(world, 1)
    world.twilio.order("drop_after", times=1, method="POST")
    with clock.stopped(EVENING):
        world.send()

    def rewrite(simulator: object) -> None:
        for message in simulator.world.account().messages.page(lambda _m: True, 10).rows:  # type: ignore[attr-defined]  # a Simulator
            message.body = prefix + (message.body if prefix else "")

    world.twilio.do(rewrite)
    for minutes in (3, 9, 20):
        with clock.stopped(EVENING + timedelta(minutes=minutes)):
            settle.settle(world.site)
            world.send()
    assert len(world.at_twilio()) == 1
    assert today(world)[0].state == "accepted"


def test_the_same_words_in_two_programs_are_two_texts_and_never_three(world: World) -> None:
    programs = [world.program(), world.program(name="Other Words")]
    for program in programs:
        world.person(program, phone="+12125557777")
        write(world, program, "You did well today.")
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
    world.twilio.order("drop_after", times=2, method="POST")
    world.send()
    for minutes in (3, 9, 20):
        with clock.stopped(EVENING + timedelta(minutes=minutes)):
            settle.settle(world.site)
            world.send()
    assert Counter(to for to, _ in world.at_twilio()) == {"+12125557777": 2}
    assert len({row.sid for row in today(world)}) == 2


def test_two_dates_of_one_person_never_go_in_one_claim(world: World) -> None:
    world.person(world.program())
    world.plan()
    (program,) = {row.program_id for row in world.deliveries()}
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=EVENING, window_end=EVENING + timedelta(hours=2)))
    assert len(world.claim_once(program).tasks) == 1


def test_a_row_of_another_zone_is_planned_anew_before_it_goes(world: World) -> None:
    mover = world.person(world.program())
    world.plan()
    with world.site.database.begin() as session:
        change.move(session, session.get_one(Subscriber, mover), from_zone("Asia/Tokyo"), clock.now())
    with clock.stopped(LATE):
        assert world.send().posted == 0
        world.plan()
        assert world.subscriber(mover).moved is False
    assert {row.audience_id for row in world.deliveries()} == {world.subscriber(mover).audience_id}


def test_a_hold_for_good_is_not_ended_by_one_for_a_while(world: World) -> None:
    scope = holds.of_sender(SENDER)
    with world.site.database.begin() as session:
        now = clock.now()
        holds.hold(session, scope, holds.SENDER, "30007: filtered", now)
        held = holds.hold(session, scope, holds.SENDER, "30022: too fast", now, now + timedelta(minutes=2))
        assert (held.until, held.reason) == (None, "30007: filtered")


def test_a_date_that_is_asked_for_hides_nobody_from_the_usual_planning(world: World) -> None:
    program = world.program()
    world.person(program)
    far = TODAY + timedelta(days=5)
    assert plan.plan(world.site, clock.now(), [far]).added == 1
    late = world.person(program)
    assert world.plan().added == 4
    plan.plan(world.site, clock.now(), [far])
    assert {row.local_date for row in world.deliveries(subscriber_id=late)} == {TODAY, TODAY + timedelta(days=1), far}


def test_no_program_waits_behind_a_large_one_on_the_same_sender(world: World) -> None:
    large, small = world.program(), world.program(name="Small Words")
    world.people(large, 30)
    few = {str(world.subscriber(one).phone) for one in world.people(small, 3)}
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
        session.execute(update(Program).values(segments_per_second=5))
    with clock.stopped(EVENING) as time:
        send_for_a_while(world, time)
    order = [to for to, _ in reversed(world.at_twilio())]
    assert max(order.index(phone) for phone in few) < 20


def test_what_was_put_back_is_free_for_the_budget_and_the_first_slice(world: World) -> None:
    ids = world.people(world.program(daily_cap=6), 6)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
    world.twilio.order("too_many_requests", times=4, method="POST")
    with clock.stopped(EVENING) as time:
        send_for_a_while(world, time)
    assert len(world.at_twilio()) == len(ids)
    with world.site.database.read() as session:
        day = session.query(ProgramDay).one()
        assert (day.claimed, day.segments) == (6, 6)


def test_what_twilio_said_survives_a_database_that_fails_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(world, 5)
    real, failures = record.record, iter([True])

    def failing(*given: object) -> None:
        if next(failures, False):
            raise OSError("the database went away")
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(record, "record", failing)
    with pytest.raises(OSError, match="went away"):
        world.send()
    assert Counter(row.state for row in today(world)) == {"accepted": 5}


def test_what_twilio_took_after_the_row_was_put_back_is_not_sent_again(world: World) -> None:
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    with clock.stopped(LATE):
        (task,) = world.claim_once(program).tasks
        with world.site.database.begin() as session:
            session.execute(update(Delivery).values(state="planned", posted_at=None, claimed_until=None))
        record_one(world, accepted(task))
        assert [(row.state, bool(row.sid)) for row in today(world)] == [("accepted", True)]
        assert world.send().accepted == 0


def test_one_look_is_never_enough_however_late_it_is_by_the_clock(world: World) -> None:
    """A clock that is set ten minutes forward makes a request that is still under way look old."""
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    with clock.stopped(LATE - timedelta(minutes=40)) as time:
        assert world.claim_once(program).tasks
        time.move(minutes=10)
        settle.settle(world.site)
        assert [row.state for row in today(world)] == ["unknown"]
        time.move(minutes=3)
        settle.settle(world.site)
        assert [row.state for row in today(world)] == ["planned"]


def test_a_day_of_somebody_erased_meanwhile_is_over(world: World) -> None:
    """They may join again the same day: the row stays, so that its date cannot be planned anew."""
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    with clock.stopped(LATE - timedelta(minutes=40)) as time:
        assert world.claim_once(program).tasks
        with world.site.database.begin() as session:
            session.execute(update(Subscriber).values(phone=None))
        time.move(minutes=3)
        settle.settle(world.site)
        assert [(row.state, row.reason) for row in today(world)] == [
            ("skipped", "the person was erased: there is nobody to send to")
        ]


def test_a_program_whose_claim_fails_starves_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(world, 2)
    (first,) = {row.program_id for row in today(world)}
    broken = world.program(name="Broken", join_keyword="BROKEN")
    world.people(broken, 2)
    world.plan()
    real = claim

    def failing(session: Session, settings: Settings, program_id: int, *rest: Any) -> Claimed | None:
        if program_id == broken:
            raise OperationalError("SELECT", {}, OSError("the database stumbled"))
        return real(session, settings, program_id, *rest)

    monkeypatch.setattr(claims, "claim", failing)
    with clock.stopped(LATE), suppress(OperationalError):  # once nothing else is left to claim, the round says so
        world.send()
    states = Counter((row.program_id, row.state) for row in today(world))
    assert states == {(first, "accepted"): 2, (broken, "planned"): 2}


def test_of_two_answers_for_one_row_the_first_message_stays(world: World) -> None:
    planned(world, 1)
    (program,) = {row.program_id for row in today(world)}
    with clock.stopped(LATE) as time:
        (old,) = world.claim_once(program).tasks
        with world.site.database.begin() as session:
            session.execute(update(Delivery).values(state="planned", posted_at=None, claimed_until=None))
        time.move(seconds=1)
        (new,) = world.claim_once(program).tasks
        both = [accepted(old), Outcome(new, "late", "it waited too long")]
        with world.site.database.begin() as session:
            record.record(session, world.site.settings, both, world.twilio.account_sid, clock.now())
        assert [(row.state, bool(row.sid)) for row in today(world)] == [("accepted", True)]
        assert world.send().accepted == 0
