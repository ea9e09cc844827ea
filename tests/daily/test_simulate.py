"""A dry run tells what planning and sending then do; on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.simulate import Forecast, simulate
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import clock
from giftpulse.ground.errors import NotFoundError
from tests.daily.outbox.test_sending import opt_out
from tests.daily.world import EVENING, SENDER, World, living

TOMORROW = date(2026, 11, 21)  # a Saturday


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def dry(world: World, program: int | None = None, on: date = TOMORROW) -> Forecast:
    with world.site.database.read() as session:
        return simulate(session, world.site, on, clock.now(), program)


def edition(world: World, program: int, state: str = "approved", **more: Any) -> None:
    values = {
        "program_id": program, "local_date": TOMORROW, "language": "en", "theme": "", "text": "You did well today.",
        "encoding": "GSM-7", "segments": 1, "source": "human", "state": state, "reason": "", "created_at": clock.now(),
    }  # fmt: skip
    with world.site.database.begin() as session:
        session.add(Edition(**{**values, **more}))


def test_it_foretells_what_is_planned(world: World) -> None:
    program = world.program()
    world.people(program, 12)
    world.people(program, 8, "Asia/Kathmandu")  # at a quarter to, and ahead of UTC
    found = dry(world, program)
    world.plan()
    rows = world.deliveries(local_date=TOMORROW)
    assert (found.people, found.texts, found.segments) == (20, 20, 20) == (len(rows),) * 3
    (sender,) = found.senders
    assert (sender.sender, sender.programs, sender.texts) == (SENDER, ("Kind Words",), 20)
    assert sender.first_at == min(row.send_at for row in rows)
    assert sender.last_at == sender.finish_at == max(row.send_at for row in rows)
    assert sender.fits
    hours = {(each.zone, each.hour): each.texts for each in found.hours}
    assert {zone for zone, _ in hours} == {"America/New_York", "Asia/Kathmandu"}
    offset = timedelta(hours=5, minutes=45)
    nepal = Counter((row.send_at + offset).hour for row in rows if row.window_end.hour == 11)
    assert {hour: number for (zone, hour), number in hours.items() if zone == "Asia/Kathmandu"} == nepal
    assert (found.skipped, found.problems) == ({}, ())


def test_who_gets_nothing_is_counted_by_the_reason(world: World) -> None:
    program = world.program()
    people = world.people(program, 6)
    opt_out(world, people[0])
    world.person(program, status="pending")
    with world.site.database.begin() as session:
        change.pause(session, session.get_one(Subscriber, people[1]), EVENING + timedelta(days=9), clock.now())
        short = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)  # half an hour before the window ends
        change.pause(session, session.get_one(Subscriber, people[2]), short, clock.now())
        session.execute(update(Subscriber).where(Subscriber.id == people[3]).values(status="suppressed"))
        session.execute(update(Subscriber).where(Subscriber.id == people[4]).values(status="erased"))
    found = dry(world, program)
    assert found.skipped == {
        "opted out": 1, "pending: they have not confirmed yet": 1, "paused by themselves": 1,
        "suppressed: their number cannot be reached": 1,
    }  # fmt: skip
    assert (found.people, found.texts) == (6, 2)
    assert sum(each.people for each in found.hours) == 3, "the paused one is shown in the hour that would be theirs"
    assert found.senders[0].last_at is not None
    assert found.senders[0].last_at >= short, "whose pause ends inside the window is put off to its end"


def test_days_and_hours_that_are_not_allowed_are_told(world: World) -> None:
    program = world.program(weekdays="mon-fri")
    world.people(program, 3)
    found = dry(world, program)
    assert found.skipped == {"the program does not send on a Saturday": 3}
    assert (found.texts, found.hours, found.needed) == (0, (), ())
    late = world.program(name="Late", window_start="21:30", window_end="23:00", quiet_hours=True)
    world.person(late)
    (reason,) = dry(world, late).skipped
    assert reason.startswith("quiet hours leave nothing of 21:30-23:00 on Saturday")


def test_texts_are_ready_waiting_or_missing(world: World) -> None:
    program = world.program(themes=["calm", "courage"], footer="Reply STOP to end", footer_every=1, max_segments=2)
    world.people(program, 3)
    world.person(program, language="es", theme="calm")
    missing = dry(world, program)
    assert {(each.state, each.text, each.segments) for each in missing.needed} == {("missing", None, 1)}
    edition(world, program, text="W" * 150)
    edition(world, program, "waiting", language="es")
    found = dry(world, program)
    states = {(each.language, each.theme): (each.state, each.people) for each in found.needed}
    assert states[("en", "")] == ("ready", 3)
    assert found.needed[0].segments == 1
    assert {state for state, _ in states.values()} == {"ready"}, "the Spanish one waits, and the English stands in"
    assert found.segments == 4 * 2, "with the footer it is two segments"
    other = world.program(name="Other")
    world.person(other)
    edition(world, other, "waiting")
    assert [(each.state, each.text) for each in dry(world, other).needed] == [("waiting", "You did well today.")]


def test_a_footer_comes_to_each_nth_person(world: World) -> None:
    program = world.program(footer="Reply STOP to end", footer_every=3, max_segments=2)
    world.people(program, 30)
    edition(world, program, text="W" * 150)
    world.plan()
    found = dry(world, program)
    with world.site.database.read() as session:
        shares = [session.get_one(Subscriber, row.subscriber_id).share for row in world.deliveries(local_date=TOMORROW)]
    footed = sum((TOMORROW.toordinal() + share) % 3 == 0 for share in shares)
    assert 0 < footed < 30
    assert found.segments == 30 + footed


def test_a_budget_and_a_pace_that_are_too_small_are_told(world: World) -> None:
    program = world.program(daily_cap=5)
    world.people(program, 8)
    found = dry(world, program)
    assert (found.texts, found.skipped) == (5, {"the budget of the day is used up": 3})
    slow = world.program(name="Slow", sender="+15005550001", segments_per_second=0.1, window_end="12:10")
    world.people(slow, 200)
    found = dry(world, slow)
    (sender,) = found.senders
    assert 0 < sender.late < 200
    assert not sender.fits
    assert f"+15005550001 is too slow: {sender.late} of 200 texts" in found.problems[0]
    # From the first text to a minute before the end of the window there are nearly nine minutes, a text each 10 s.
    assert 200 - sender.late == pytest.approx(54, abs=6)


def test_a_sender_works_for_all_of_its_programs(world: World) -> None:
    first, second = world.program(), world.program(name="Other Words")
    world.people(first, 3)
    world.people(second, 4)
    found = dry(world, first)
    assert (found.programs, found.texts) == (("Kind Words",), 3)
    assert (found.senders[0].programs, found.senders[0].texts) == (("Kind Words", "Other Words"), 7)
    assert dry(world).texts == 7


def test_prices_are_those_of_late_or_assumed(world: World) -> None:
    program = world.program()
    world.people(program, 2)
    found = dry(world, program)
    assert (found.cost, found.unit) == (round(2 * 0.0079, 4), "USD")
    assert "0.0079 USD" in found.assumptions[0]
    world.plan()
    with world.site.database.begin() as session:
        paid = {"price_micros": -20_000, "price_unit": "EUR", "billed_segments": 2, "state": "delivered"}
        day = update(Delivery).where(Delivery.local_date == EVENING.date())
        session.execute(day.values(posted_at=EVENING - timedelta(days=2), **paid))
    found = dry(world, program)
    assert (found.cost, found.unit) == (0.02, "EUR")


def test_what_would_stop_it_is_told(world: World) -> None:
    program = world.program()
    with world.site.database.begin() as session:
        holds.hold(session, holds.of_sender(SENDER), holds.SENDER, "30007: filtered", clock.now())
    (problem,) = dry(world, program).problems
    assert problem == f"Kind Words: sender:{SENDER} is held: 30007: filtered"
    lone = world.program(name="Lone", sender=None)
    world.person(lone)
    assert "Lone has no sender" in dry(world, lone).problems[0]
    assert dry(world, lone).senders == ()


def test_a_program_that_is_not_there(world: World) -> None:
    with pytest.raises(NotFoundError):
        dry(world, 99)
    assert dry(world).programs == ()
