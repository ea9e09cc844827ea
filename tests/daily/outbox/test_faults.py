"""What goes wrong between us and Twilio, and that nobody gets two texts for it, or silently none."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from giftpulse.daily.outbox import record, settle
from giftpulse.daily.outbox.models import Delivery, DeliveryEvent
from giftpulse.daily.outbox.send import Sent
from giftpulse.daily.programs import holds
from giftpulse.ground import clock
from tests.daily.outbox.test_sending import LATE, TODAY
from tests.daily.world import EVENING, SENDER, World, living


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def planned(world: World, people: int) -> list[int]:
    """People whose text of today is due now, and whose window is open for two hours more."""
    ids = world.people(world.program(), people)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).where(Delivery.local_date == TODAY).values(send_at=EVENING))
    return ids


def today(world: World) -> list[Delivery]:
    return world.deliveries(local_date=TODAY)


def nobody_got_two(world: World) -> None:
    counts = Counter(to for to, _ in world.at_twilio())
    assert [to for to, number in counts.items() if number > 1] == []


def settle_all(world: World, after: timedelta) -> None:
    """Two looks at Twilio's list, for one is not believed."""
    for look in (timedelta(), record.FIRST_LOOK + timedelta(seconds=1)):
        with clock.stopped(clock.now() + after + look):
            while settle.settle(world.site):
                pass


def test_a_429_is_tried_again_and_sent_once(world: World) -> None:
    planned(world, 6)
    world.twilio.order("too_many_requests", times=4, method="POST")
    with clock.stopped(LATE) as time:
        first = send_for_a_while(world, time)
    assert first.accepted == 6
    assert first.put_back == 4
    nobody_got_two(world)
    assert Counter(row.state for row in today(world)) == {"accepted": 6}


def send_for_a_while(world: World, time: clock.Stopped) -> Sent:
    """Send, while the stopped clock is moved on in between, as tries again wait by the clock."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.05):
            time.move(seconds=1)

    ticking = threading.Thread(target=tick)
    ticking.start()
    try:
        return world.send()
    finally:
        done.set()
        ticking.join()


@pytest.mark.parametrize("fault", ["error_after", "drop_after"])
def test_an_answer_lost_after_twilio_took_it_is_found_in_its_list(world: World, fault: str) -> None:
    planned(world, 5)
    world.twilio.order(fault, times=2, method="POST")
    with clock.stopped(LATE - timedelta(minutes=20)):
        sent = world.send()
        assert (sent.accepted + sent.unknown) == len(world.at_twilio())
        assert sent.unknown == 2
        settle_all(world, timedelta(minutes=2, seconds=30))
        assert Counter(row.state for row in today(world))["unknown"] == 0
        assert all(row.sid for row in today(world) if row.state == "accepted")
    with clock.stopped(LATE):
        world.send()
    nobody_got_two(world)
    assert len(world.at_twilio()) == 5


@pytest.mark.parametrize("fault", ["error_before", "drop_before"])
def test_what_twilio_never_took_is_sent_again_once_that_is_sure(world: World, fault: str) -> None:
    planned(world, 4)
    world.twilio.order(fault, times=2, method="POST")
    with clock.stopped(LATE - timedelta(minutes=30)):
        sent = world.send()
        assert sent.unknown == 2
        settle_all(world, timedelta(minutes=2, seconds=30))
        assert Counter(row.state for row in today(world))["unknown"] == 2, "not yet sure"
        settle_all(world, timedelta(minutes=9))
        assert Counter(row.state for row in today(world))["unknown"] == 0
    with clock.stopped(LATE):
        world.send()
    nobody_got_two(world)
    assert len(world.at_twilio()) == 4


def test_while_the_list_cannot_be_asked_nothing_is_sent_again(world: World) -> None:
    planned(world, 1)
    world.twilio.order("drop_before", times=1, method="POST")
    with clock.stopped(LATE - timedelta(minutes=40)):
        world.send()
        world.twilio.order("unauthorized", times=0, method="GET")
        settle_all(world, timedelta(minutes=20))
        (row,) = today(world)
        assert row.state == "unknown"
        assert "could not be asked" in str(row.reason)


def test_three_lost_answers_are_enough_for_one_day(world: World) -> None:
    planned(world, 1)
    world.twilio.order("drop_before", times=0, method="POST")
    with clock.stopped(LATE - timedelta(minutes=60)) as time:
        for _ in range(3):
            world.send()
            time.move(minutes=12)
            settle_all(world, timedelta())
    (row,) = today(world)
    assert row.state == "skipped"
    assert "answers to 3 requests were lost" in str(row.reason)
    assert world.at_twilio() == []


def test_a_window_that_is_over_is_not_sent_after(world: World) -> None:
    planned(world, 1)
    world.twilio.order("drop_before", times=1, method="POST")
    with clock.stopped(LATE):
        world.send()
    with clock.stopped(LATE + timedelta(minutes=30)):
        settle_all(world, timedelta())
        world.send()
    (row,) = today(world)
    assert row.state == "skipped"
    assert "its window is over" in str(row.reason)
    assert world.at_twilio() == []


def test_a_refusal_for_one_number_costs_no_other_their_text(world: World) -> None:
    program = world.program()
    bad = world.person(program, phone="+15005550001")  # Twilio's magic number: invalid
    world.people(program, 3)
    world.plan()
    with clock.stopped(LATE):
        sent = world.send()
    assert sent.accepted == 3
    assert sent.refused == 1
    assert world.subscriber(bad).status == "suppressed"
    assert "21211" in world.subscriber(bad).status_reason


def test_an_opt_out_that_only_twilio_knew_of_is_obeyed_at_once(world: World) -> None:
    program = world.program()
    person = world.person(program)
    world.plan()
    phone = str(world.subscriber(person).phone)
    world.twilio.receive(phone, SENDER, "STOP")
    with clock.stopped(LATE):
        sent = world.send()
    assert sent.refused == 1
    assert world.subscriber(person).status == "opted_out"
    assert "21610" in world.subscriber(person).status_reason


def test_two_denials_stop_everything_and_one_does_not(world: World) -> None:
    planned(world, 4)
    world.twilio.order("unauthorized", times=1, method="POST")
    with clock.stopped(LATE) as time:
        assert send_for_a_while(world, time).accepted == 4
    with world.site.database.read() as session:
        assert holds.open_holds(session, clock.now()) == []


def test_a_wrong_key_stops_everything_and_loses_nobody(world: World) -> None:
    planned(world, 4)
    world.twilio.order("unauthorized", times=0, method="POST")
    with clock.stopped(LATE) as time:
        assert send_for_a_while(world, time).accepted == 0
        with world.site.database.read() as session:
            (held,) = holds.open_holds(session, clock.now())
        assert (held.scope, held.cause) == ("all", "account")
        world.twilio.clear_faults()
        assert world.send().posted == 0
        with world.site.database.begin() as session:
            holds.lift(session, "all", None, clock.now(), "test")
        assert send_for_a_while(world, time).accepted == 4
    nobody_got_two(world)


@pytest.mark.parametrize(("code", "times", "status"), [(30005, 1, "suppressed"), (30003, 2, "active")])
def test_unreachable_numbers_are_suppressed_after_the_stated_counts(
    world: World, code: int, times: int, status: str
) -> None:
    program = world.program()
    person = world.person(program)
    for day in range(times):
        with clock.stopped(LATE + timedelta(days=day)) as time:
            world.plan()
            world.send()
            (row,) = world.deliveries(state="accepted")
            world.twilio.force(str(row.sid), "undelivered", code)
            time.move(minutes=1)
            world.poll()
            world.confirm()
    assert world.subscriber(person).status == status
    assert world.subscriber(person).failures == times


def test_three_days_of_a_dead_handset_in_a_row_are_enough_and_one_good_day_forgives(world: World) -> None:
    program = world.program()
    person = world.person(program)
    outcomes = ["undelivered", "undelivered", "delivered", "undelivered", "undelivered", "undelivered"]
    for day, outcome in enumerate(outcomes):
        assert world.subscriber(person).status == "active"
        with clock.stopped(LATE + timedelta(days=day)) as time:
            world.plan()
            world.send()
            (row,) = world.deliveries(state="accepted")
            world.twilio.force(str(row.sid), outcome, 30003 if outcome == "undelivered" else None)
            time.move(minutes=1)
            world.poll()
            world.confirm()
    assert world.subscriber(person).status == "suppressed"


def test_filtered_texts_hold_the_sender_until_somebody_looks(world: World) -> None:
    planned(world, 2)
    with clock.stopped(LATE) as time:
        world.send()
        row = world.deliveries(state="accepted")[0]
        world.twilio.force(str(row.sid), "undelivered", 30007)
        time.move(minutes=1)
        world.poll()
        world.confirm()
        with world.site.database.read() as session:
            (held,) = holds.open_holds(session, clock.now())
    assert held.scope == f"sender:{SENDER}"
    assert "30007" in held.reason


def test_every_unusual_step_is_told(world: World) -> None:
    planned(world, 1)
    world.twilio.order("drop_after", times=1, method="POST")
    with clock.stopped(LATE - timedelta(minutes=20)):
        world.send()
        settle_all(world, timedelta(minutes=3))
    with world.site.database.read() as session:
        told = [event.what for event in session.scalars(select(DeliveryEvent).order_by(DeliveryEvent.id))]
    assert told == ["the answer was lost", "settled: accepted"]
