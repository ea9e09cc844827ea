"""The whole way of a text: planned, gated, handed to Twilio, recorded, confirmed; on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox import expire
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.spread import SHARES
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import clock
from tests.daily.world import EVENING, SENDER, World, living

TODAY = date(2026, 11, 20)
LATE = EVENING + timedelta(hours=1, minutes=57)
"""Three minutes before the window of New York ends: everybody's instant has come."""


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


@pytest.fixture
def lite_world(sqlite_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(sqlite_url) as made:
        yield made


def opt_out(world: World, subscriber_id: int) -> None:
    with world.site.database.begin() as session:
        consent = Consent(kind="opt_out", source="keyword", by="them", at=clock.now(), detail="said STOP")
        leave(session, [session.get_one(Subscriber, subscriber_id)], consent, clock.now())


def test_everybody_gets_exactly_one_text_a_day(world: World) -> None:
    people = world.people(world.program(), 30)
    assert world.plan().added == 30 * 2  # today and tomorrow
    with clock.stopped(LATE):
        assert world.send().accepted == 30
        assert sorted(to for to, _ in world.at_twilio()) == sorted(str(world.subscriber(one).phone) for one in people)
        assert world.send().posted == 0
        assert world.plan().added == 0
    assert world.states() == {"accepted": 30, "planned": 30}


def test_only_those_whose_instant_has_come_get_theirs(world: World) -> None:
    world.people(world.program(), 40)
    world.plan()
    due = [row for row in world.deliveries(local_date=TODAY) if row.send_at <= EVENING]
    assert world.send().accepted == len(due)
    assert 0 < len(due) < 40
    assert all(row.send_at < row.window_end for row in world.deliveries())


def test_statuses_and_segments_reach_the_row_through_the_record(world: World) -> None:
    world.person(world.program())
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        (row,) = world.deliveries(state="accepted")
        assert row.segments == 1
        sid = str(row.sid)
        world.twilio.force(sid, "delivered")
        time.move(minutes=1)
        world.poll()
        world.confirm()
        (row,) = world.deliveries(state="delivered")
        assert (row.sid, row.status) == (sid, "delivered")
        assert row.finished_at is not None
        world.twilio.force(sid, "sent")
        world.poll()
        world.confirm()
        assert len(world.deliveries(state="delivered")) == 1


def test_whoever_says_stop_after_planning_gets_nothing(world: World) -> None:
    program = world.program()
    stays, leaves = world.people(program, 2)
    world.plan()
    opt_out(world, leaves)
    with clock.stopped(LATE):
        assert world.send().accepted == 1
    assert [to for to, _ in world.at_twilio()] == [world.subscriber(stays).phone]
    (row,) = world.deliveries(subscriber_id=leaves, local_date=TODAY)
    assert row.state == "skipped"
    assert "opted out: said STOP" in str(row.reason)


def test_a_name_is_filled_in_and_a_missing_one_is_not_missed(world: World) -> None:
    program = world.program(max_segments=2)
    world.person(program, first_name="Ana")
    world.person(program)
    write(world, program, "{first_name}, you did well today.")
    world.plan()
    with clock.stopped(LATE):
        world.send()
    assert sorted(body for _, body in world.at_twilio()) == [
        "Ana, you did well today.", "Friend, you did well today.",
    ]  # fmt: skip


def test_a_footer_comes_every_nth_day_and_counts(world: World) -> None:
    program = world.program(footer="Reply STOP to end", footer_every=1)
    world.person(program)
    write(world, program, "You did well today.")
    world.plan()
    with clock.stopped(LATE):
        world.send()
    assert world.at_twilio()[0][1] == "You did well today.\nReply STOP to end"


def test_a_paused_program_loses_and_repeats_nobody(world: World) -> None:
    program = world.program()
    world.people(program, 5)
    world.plan()
    pause(world, program, True)
    with clock.stopped(LATE):
        assert world.send().posted == 0
        assert world.states() == {"planned": 10}
        pause(world, program, False)
        assert world.send().accepted == 5
        pause(world, program, True)
        pause(world, program, False)
        assert world.send().posted == 0


def test_what_a_pause_outlasts_is_skipped_and_says_why(world: World) -> None:
    program = world.program()
    world.people(program, 3)
    world.plan()
    pause(world, program, True)
    with clock.stopped(EVENING + timedelta(hours=4)):
        assert expire.expire(world.site) == 3
        pause(world, program, False)
        assert world.send().posted == 0
    reasons = {str(row.reason) for row in world.deliveries(state="skipped")}
    assert len(reasons) == 1
    assert "its window ended before it could be sent" in reasons.pop()


def test_a_person_s_pause_skips_or_waits(world: World) -> None:
    program = world.program()
    short, long = world.people(program, 2)
    world.plan()
    with world.site.database.begin() as session:
        change.pause(session, session.get_one(Subscriber, short), LATE - timedelta(minutes=2), clock.now())
        change.pause(session, session.get_one(Subscriber, long), LATE + timedelta(days=3), clock.now())
    with clock.stopped(LATE):
        world.send()
    assert [to for to, _ in world.at_twilio()] == [world.subscriber(short).phone]
    (row,) = world.deliveries(subscriber_id=long, local_date=TODAY)
    assert "paused until" in str(row.reason)


def test_moving_to_another_zone_plans_anew_and_never_sends_twice_for_one_date(world: World) -> None:
    program = world.program()
    mover = world.person(program)
    world.plan()
    with clock.stopped(LATE):
        world.send()
        move(world, mover, "Pacific/Honolulu")
        world.plan()
    rows = world.deliveries(subscriber_id=mover)
    assert (rows[0].local_date, rows[0].state) == (TODAY, "accepted")
    assert len({row.local_date for row in rows}) == len(rows)
    with clock.stopped(LATE + timedelta(hours=5)):  # the same date, and the window of Honolulu is open
        assert world.send().posted == 0


def test_moving_before_the_text_was_sent_moves_it(world: World) -> None:
    program = world.program()
    mover = world.person(program)
    world.plan()
    before = world.deliveries(subscriber_id=mover, local_date=TODAY)[0]
    move(world, mover, "America/Los_Angeles")
    assert world.plan().removed == 2
    after = world.deliveries(subscriber_id=mover, local_date=TODAY)[0]
    assert after.send_at - before.send_at == timedelta(hours=3)


def test_a_new_window_of_the_program_moves_everybody_once(world: World) -> None:
    program = world.program()
    world.people(program, 4)
    world.plan()
    with world.site.database.begin() as session:
        programs.patch(session, program, {"window_start": "18:00", "window_end": "19:00"}, clock.now())
    done = world.plan()
    assert (done.removed, done.added) == (8, 8)
    assert {row.window_end.hour for row in world.deliveries(local_date=TODAY)} == {0}  # 19:00 in New York
    assert world.plan().added == 0


def test_less_than_twenty_hours_apart_is_held_back(world: World) -> None:
    program = world.program()
    person = world.person(program, window=Window(16 * 60, 17 * 60))
    world.plan()
    with clock.stopped(LATE):
        assert world.send().accepted == 1
    with world.site.database.begin() as session:
        change.set_window(session, session.get_one(Subscriber, person), Window(8 * 60, 9 * 60), clock.now())
    world.plan()
    with clock.stopped(EVENING + timedelta(hours=17, minutes=55)):  # 08:55 the next day
        assert world.send().posted == 0
    (row,) = world.deliveries(subscriber_id=person, local_date=TODAY + timedelta(days=1))
    assert row.state == "skipped"
    assert "20 hours" in str(row.reason)


def test_a_budget_ends_the_day(world: World) -> None:
    world.people(world.program(daily_cap=3), 5)
    world.plan()
    with clock.stopped(LATE):
        world.send()
    assert len(world.at_twilio()) == 3
    assert all("budget of 3 segments" in str(row.reason) for row in world.deliveries(state="skipped"))


def test_the_first_slice_goes_ahead_and_a_bad_one_stops_the_program(world: World) -> None:
    program = world.program(canary=True)
    world.people(program, 120)
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        assert world.states()["accepted"] == 20
        for row in world.deliveries(state="accepted"):
            world.twilio.force(str(row.sid), "undelivered", 30008)
        time.move(seconds=30)
        world.poll()
        world.confirm()
        assert world.send().posted == 0
        with world.site.database.read() as session:
            held = {hold.cause: hold for hold in holds.open_holds(session, clock.now())}
        assert held["canary"].scope == f"program:{program}"
        assert "0 of the first 20 arrived, 20 failed" in held["canary"].reason
        assert held["breaker"].scope == f"sender:{SENDER}"


def test_the_rest_follows_a_good_first_slice(world: World) -> None:
    world.people(world.program(canary=True), 120)
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        for row in world.deliveries(state="accepted"):
            world.twilio.force(str(row.sid), "delivered")
        time.move(seconds=30)
        world.poll()
        world.confirm()
        assert world.send().accepted == 100


def test_the_pace_of_a_sender_is_kept_in_segments(world: World) -> None:
    program = world.program(segments_per_second=5)
    world.people(program, 12)
    world.plan()
    with clock.stopped(LATE) as time:
        counts: list[int] = []
        for _ in range(3):
            before = len(world.at_twilio())
            world.claim_once(program)
            counts.append(len(world.deliveries(state="posting")) - sum(counts))
            assert before == 0
            time.move(seconds=1)
    assert counts == [5, 5, 2]


def test_two_programs_on_one_sender_share_its_pace(world: World) -> None:
    first = world.program(segments_per_second=4)
    second = world.program(name="Other Words", segments_per_second=4)
    world.people(first, 4)
    world.people(second, 4)
    world.plan()
    with clock.stopped(LATE):
        assert len(world.claim_once(first).tasks) == 4
        assert world.claim_once(second).tasks == []


def write(world: World, program: int, text: str) -> None:
    """An approved text for today."""
    with world.site.database.begin() as session:
        session.add(Edition(
            program_id=program, local_date=TODAY, language="en", theme="", text=text, encoding="GSM-7", segments=1,
            source="human", state="approved", reason="", created_at=clock.now(),
        ))  # fmt: skip


def pause(world: World, program: int, paused: bool) -> None:
    with world.site.database.begin() as session:
        programs.patch(session, program, {"paused": paused}, clock.now())


def move(world: World, subscriber_id: int, zone: str) -> None:
    with world.site.database.begin() as session:
        from giftpulse.daily.subscribers.places import from_zone

        change.move(session, session.get_one(Subscriber, subscriber_id), from_zone(zone), clock.now())


def test_the_program_of_the_tests_has_the_sender_of_the_tests(world: World) -> None:
    program = world.program()
    with world.site.database.read() as session:
        assert session.get_one(Program, program).sender == SENDER
        assert session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize("changes", [datetime(2026, 10, 31, tzinfo=UTC), datetime(2027, 3, 13, tzinfo=UTC)])
def test_one_text_for_each_local_date_while_clocks_change(lite_world: World, changes: datetime) -> None:
    program = lite_world.program(window_start="01:00", window_end="04:00", canary=False)
    zones = ("America/New_York", "America/Phoenix", "Europe/London") * 3
    # Looked at every hour: those whose instant is in the last hour would be too late.
    people = [
        one for zone in zones if lite_world.subscriber(one := lite_world.person(program, zone)).share < SHARES * 3 // 5
    ]
    assert len(people) >= 3
    with clock.stopped(changes) as time:
        for _ in range(3 * 24):
            lite_world.plan()
            lite_world.send()
            expire.expire(lite_world.site)
            time.move(hours=1)
    for person in people:
        rows = [row for row in lite_world.deliveries(subscriber_id=person) if row.state != "planned"]
        assert {row.state for row in rows} == {"accepted"}
        assert len(rows) in (2, 3, 4)
        assert len({row.local_date for row in rows}) == len(rows)
        posted = sorted(row.posted_at for row in rows if row.posted_at)
        assert all(timedelta(hours=22) < b - a < timedelta(hours=26) for a, b in pairwise(posted))
