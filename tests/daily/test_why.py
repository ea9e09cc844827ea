"""Why somebody got a text, or none: each decision is told, with its reason, in order; on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from giftpulse.daily.outbox import expire
from giftpulse.daily.programs import holds
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers import change
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.why import timeline
from giftpulse.ground import clock
from giftpulse.ground.errors import InvalidInputError, NotFoundError
from tests.daily.outbox.test_sending import LATE, TODAY, opt_out, pause, write
from tests.daily.world import EVENING, SENDER, World, living

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def told(world: World, who: str | int, on: date | None = TODAY) -> list[Line]:
    """The lines of the one subscription of somebody."""
    with world.site.database.read() as session:
        (chapter,) = timeline(session, world.site, who, clock.now(), on).chapters
        lines = list(chapter.lines)
    assert [line.order for line in lines] == sorted(line.order for line in lines)
    return lines


def only(lines: list[Line], what: str) -> Line:
    (line,) = [line for line in lines if line.what == what]
    return line


def test_a_text_that_arrived_is_told_from_consent_to_delivery(world: World) -> None:
    program = world.program()
    one = world.person(program, phone="+12125550199")
    write(world, program, "You did well today.")
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        (row,) = world.deliveries(state="accepted")
        world.twilio.force(str(row.sid), "delivered")
        time.move(minutes=1)
        world.poll()
        world.confirm()
        lines = told(world, "+12125550199")
        assert lines == told(world, one)
    assert [line.what for line in lines if line.about in ("day", "text")] == [
        f"the window of {TODAY} opens", f"the text of {TODAY} is due", "its text", "handed to Twilio", "delivered",
    ]  # fmt: skip
    assert [line.what for line in lines if line.about == "consent"] == ["opted in"]
    assert "12:00-17:00 in America/New_York" in only(lines, f"the window of {TODAY} opens").why
    assert "% into the window" in only(lines, f"the text of {TODAY} is due").why
    text = only(lines, "its text")
    assert text.text == "You did well today."
    assert "from a person, in en, for everybody; approved" in text.why
    assert f"attempt 1, 1 segment by our count, message {row.sid}" in only(lines, "handed to Twilio").why
    assert [line.what for line in lines if line.about == "twilio"][-1].endswith("-> delivered")
    assert "told by Twilio's list" in [line for line in lines if line.about == "twilio"][-1].why


def test_an_error_is_told_with_its_meaning_what_follows_and_what_to_do(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        (row,) = world.deliveries(state="accepted")
        world.twilio.force(str(row.sid), "undelivered", 30003)
        time.move(minutes=1)
        world.poll()
        world.confirm()
        end = only(told(world, one), "undelivered")
    assert "30003: " in end.why
    assert "the number gets no more after 3 in a row" in end.why
    assert "to do: " in end.why


def test_stop_after_planning_is_told_before_and_after_it_is_skipped(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    opt_out(world, one)
    assert "opted out: said STOP" in only(told(world, one), "will be skipped").why
    with clock.stopped(LATE):
        world.send()
        lines = told(world, one)
    assert "said STOP" in only(lines, "opted out").why
    assert "opted out: said STOP" in only(lines, "skipped").why


def test_a_hold_is_told_while_it_lasts_and_afterwards(world: World) -> None:
    program = world.program()
    one = world.person(program)
    world.plan()
    pause(world, program, True)
    with clock.stopped(LATE):
        lines = told(world, one)
        assert only(lines, f"program:{program} is held").why.startswith("paused by api")
        assert f"program:{program} is held: paused by api" in only(lines, "waits").why
    with clock.stopped(EVENING + timedelta(hours=4)):
        expire.expire(world.site)
        pause(world, program, False)
        lines = told(world, one)
    assert "its window ended before it could be sent: paused by api" in only(lines, "skipped").why
    assert "lifted by" in only(lines, f"program:{program} goes on").why


def test_a_hold_of_something_else_is_not_told(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    with world.site.database.begin() as session:
        holds.hold(session, "sender:+15005550001", holds.SENDER, "not ours", clock.now())
    assert [line for line in told(world, one) if line.about == "hold"] == []


def test_what_is_due_and_free_waits_for_its_turn_or_the_pace(world: World) -> None:
    program = world.program(segments_per_second=1)
    one, two = world.people(program, 2)
    world.plan()
    with clock.stopped(LATE):
        assert "its turn" in only(told(world, one), "waits").why
        world.claim_once(program)
        left = next(row.subscriber_id for row in world.deliveries(state="planned", local_date=TODAY))
        assert left in (one, two)
        assert f"the pace of {SENDER}" in only(told(world, left), "waits").why
        claimed = next(row.subscriber_id for row in world.deliveries(state="posting"))
        assert only(told(world, claimed), "being handed over").why.startswith("no answer has come yet")


def test_an_unknown_answer_is_told(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    world.twilio.order("drop_after", method="POST")
    with clock.stopped(LATE):
        world.send()
        lines = told(world, one)
    assert "looked at again from" in only(lines, "nobody knows whether Twilio has it").why
    assert [line.what for line in lines if line.what == "the answer was lost"] == ["the answer was lost"]


def test_days_without_a_text_say_why(world: World) -> None:
    program = world.program(weekdays=["mon", "tue", "wed", "thu", "fri"], holidays=["2026-11-23"])
    one = world.person(program)

    def why(on: date) -> str:
        return only(told(world, one, on), f"no text for {on}").why

    assert "the next run of `plan`" in why(TODAY)
    world.plan()
    assert why(date(2026, 11, 21)) == "the program does not send on a Saturday"
    assert why(date(2026, 11, 23)) == "2026-11-23 is a holiday of the program"
    assert "too far ahead: it is planned from 2026-11-23 11:00 UTC on, 30 hours before" in why(date(2026, 11, 24))
    assert "they came at 2026-11-20 20:00 UTC, after this window" in why(date(2026, 11, 19))
    assert "RETENTION_DAYS" in why(date(2025, 1, 2))
    opt_out(world, one)
    assert "opted out since 2026-11-20 20:00 UTC: said STOP" in why(date(2026, 11, 24))


def test_quiet_hours_and_zones_are_told(world: World) -> None:
    program = world.program(window_start="21:30", window_end="23:00", quiet_hours=True)
    one = world.person(program)
    assert "quiet hours leave nothing of 21:30-23:00" in only(told(world, one), f"no text for {TODAY}").why


def test_a_text_that_is_to_come_tells_its_edition_or_what_stands_in(world: World) -> None:
    program = world.program()
    one = world.person(program, language="es")
    world.plan()
    assert "none is written yet" in only(told(world, one), "its text").why
    write(world, program, "You did well today.")
    ready = only(told(world, one), "its text is ready")
    assert "there is none that is in es, for everybody, so one that is in en, for everybody" in ready.why
    assert ready.text == "You did well today."


def test_a_pause_of_the_person_is_foretold(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    with world.site.database.begin() as session:
        change.pause(session, session.get_one(Subscriber, one), EVENING + timedelta(days=3), clock.now())
    assert "paused until 2026-11-23" in only(told(world, one, TOMORROW), "will be skipped").why


def test_ten_days_are_told_by_default_and_the_ledger_whole(world: World) -> None:
    one = world.person(world.program())
    world.plan()
    with world.site.database.read() as session:
        (chapter,) = timeline(session, world.site, one, clock.now()).chapters
    assert (chapter.dates[0], chapter.dates[-1]) == (TODAY - timedelta(days=7), TODAY + timedelta(days=2))
    days = {line.local_date for line in chapter.lines if line.local_date is not None}
    assert days == set(chapter.dates)


def test_somebody_in_two_programs_has_two_chapters(world: World) -> None:
    for name in ("Kind Words", "Other Words"):
        world.person(world.program(name=name), phone="+12125550199")
    with world.site.database.read() as session:
        chapters = timeline(session, world.site, "+1 212 555 0199", clock.now()).chapters
    assert [chapter.program.name for chapter in chapters] == ["Kind Words", "Other Words"]


def test_nobody_and_no_number_are_refused(world: World) -> None:
    with world.site.database.read() as session:
        with pytest.raises(NotFoundError, match="nobody has the number"):
            timeline(session, world.site, "+12125550199", clock.now())
        with pytest.raises(NotFoundError):
            timeline(session, world.site, 99, clock.now())
        with pytest.raises(InvalidInputError):
            timeline(session, world.site, "nonsense", clock.now())
