"""How sending ends: with its process, with its turn, and beside a database that is away for a moment."""

import threading
import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete, event, select, text, update
from sqlalchemy.engine import make_url

from giftpulse.daily import rounds
from giftpulse.daily.outbox import expire, freshness, notes, send
from giftpulse.daily.outbox.freshness import FRESH, LONGEST, Freshness
from giftpulse.daily.outbox.models import Delivery, Note
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.database import ERRORS
from giftpulse.ground.turn_over import TurnOver
from tests.daily.world import EVENING, SENDER, World, living

PEOPLE = 20
SLOW = 1.5  # seconds that Twilio takes for an answer


@contextmanager
def stopped_under_way(database_url: str, stop: threading.Event) -> Iterator[World]:
    """Texts to all of them are on their way to a slow Twilio when the sending is told to stop."""
    with clock.stopped(EVENING), living(database_url) as world:
        due(world, PEOPLE)
        world.twilio.order("latency", times=0, method="POST", seconds=SLOW)
        sending = threading.Thread(target=lambda: send.serve(world.site, stop, lambda: None))
        sending.start()
        deadline = real_time.monotonic() + 30
        while world.states() != {"posting": PEOPLE}:
            assert real_time.monotonic() < deadline
            real_time.sleep(0.02)
        real_time.sleep(0.3)  # they are out
        stop.set()
        yield world
        sending.join(30)
        assert not sending.is_alive()


def due(world: World, people: int) -> int:
    """A program whose people all have a text that is due, and no other; answers its id."""
    program = world.program(canary=False)
    world.people(program, people)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=EVENING))
        session.query(Delivery).where(Delivery.local_date > EVENING.date()).delete()
    return program


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "_STOPPED_WITHIN", 0.2)


@pytest.mark.usefixtures("soon")
def test_the_end_of_a_turn_cuts_no_request_off(sqlite_url: str) -> None:
    with stopped_under_way(sqlite_url, TurnOver(lambda: False)) as world:
        pass
    assert world.states() == {"accepted": PEOPLE}


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("stop", [threading.Event(), TurnOver(lambda: True)], ids=["up", "worker"])
def test_the_end_of_a_process_waits_for_no_slow_request(sqlite_url: str, stop: threading.Event) -> None:
    with stopped_under_way(sqlite_url, stop) as world:
        pass
    assert world.states() == {"unknown": PEOPLE}, "and they are settled later"


def test_what_twilio_said_outlasts_a_database_that_is_away_for_a_moment(postgres_url: str) -> None:
    with stopped_under_way(postgres_url, threading.Event()) as world:
        with away(postgres_url):
            real_time.sleep(SLOW + 0.3)
        assert world.states() == {"posting": PEOPLE}, "it was not away when it had to be"
    assert world.states() == {"accepted": PEOPLE}


@contextmanager
def away(database_url: str) -> Iterator[None]:
    """Nobody can use this database while the block runs."""
    url = make_url(database_url)
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": url.database}
        )
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    admin.dispose()


def test_what_was_late_counts_as_no_try(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "FRESH", -1.0)  # nothing is fresh
    with clock.stopped(EVENING), living(sqlite_url) as world:
        due(world, 3)
        halt = threading.Event()
        sending = threading.Thread(target=lambda: send.serve(world.site, halt, lambda: None))
        sending.start()
        real_time.sleep(0.5)
        halt.set()
        sending.join(30)
        assert {(row.state, row.attempts) for row in world.deliveries()} == {("planned", 0)}
        assert "waited too long" in str(world.deliveries()[0].reason)
        monkeypatch.undo()
        assert world.send().accepted == 3
        assert {row.attempts for row in world.deliveries()} == {1}


def test_a_program_whose_window_was_changed_sends_nothing_until_it_is_planned_anew(database_url: str) -> None:
    with clock.stopped(EVENING), living(database_url) as world:
        program = due(world, 3)
        with world.site.database.begin() as session:
            programs.patch(session, program, {"window_start": "18:00", "window_end": "20:00"}, clock.now())
        assert world.send().posted == 0
        assert world.states() == {"planned": 3}
        world.plan()
        with clock.stopped(EVENING + timedelta(hours=4, minutes=55)):
            assert world.send().accepted == 3


def test_the_end_of_an_old_window_takes_nobody_their_text_in_the_new_one(database_url: str) -> None:
    """Planning may come later than what gives up: each is a command of its own."""
    with clock.stopped(EVENING), living(database_url) as world:
        program = world.program(window_start="09:00", window_end="15:30", canary=False)
        world.people(program, 3)
        world.plan()
        with world.site.database.begin() as session:
            programs.patch(session, program, {"window_end": "20:00"}, clock.now())
        with clock.stopped(EVENING + timedelta(minutes=31)):
            assert expire.expire(world.site) == 0
            rounds.send(world.site)
        assert "skipped" not in world.states()
        with clock.stopped(EVENING + timedelta(hours=4, minutes=55)):
            rounds.send(world.site)
        assert world.states()["accepted"] == 3


def test_a_database_that_is_far_away_holds_nothing_up(postgres_url: str) -> None:
    with clock.moved(EVENING - clock.now()), living(postgres_url) as world:
        due(world, 3)
        write_note(world)
        halt, alive = threading.Event(), list[float]()

        @event.listens_for(world.site.database.engine, "before_cursor_execute")
        def slow(*_: object) -> None:
            if threading.current_thread() is not threading.main_thread():
                real_time.sleep(0.12)

        sending = threading.Thread(
            target=lambda: send.serve(world.site, halt, lambda: alive.append(real_time.monotonic()))
        )
        sending.start()
        deadline = real_time.monotonic() + 60
        while world.states() != {"accepted": 3} or note_states(world) != ["accepted"]:
            assert real_time.monotonic() < deadline
            real_time.sleep(0.1)
        halt.set()
        sending.join(30)
        assert not sending.is_alive()
        assert alive


def test_a_yes_holds_longer_where_claims_are_slow_again_and_again() -> None:
    fresh = Freshness()
    for _ in range(2):
        fresh.claimed(2.0)
    fresh.claimed(0.1)
    for _ in range(2):
        fresh.claimed(60.0)
    assert fresh.seconds == FRESH, "one that waited for a lock, and another one, say nothing of the database"
    fresh.claimed(1.0)
    assert fresh.seconds == 1.0 + FRESH
    fresh.claimed(60.0)
    assert fresh.seconds == LONGEST
    fresh.claimed(0.5)
    assert fresh.seconds == FRESH


def test_what_twilio_said_of_a_note_outlasts_a_database_that_is_away(postgres_url: str) -> None:
    with clock.stopped(EVENING), living(postgres_url) as world:
        world.program()
        write_note(world)
        world.twilio.order("latency", times=0, method="POST", seconds=SLOW)
        halt = threading.Event()

        def serve() -> None:
            with suppress(*ERRORS):  # it begins anew after a moment, as rounds do
                send.serve(world.site, halt, lambda: None)

        sending = threading.Thread(target=serve)
        sending.start()
        deadline = real_time.monotonic() + 30
        while note_states(world) != ["posting"]:
            assert real_time.monotonic() < deadline
            real_time.sleep(0.02)
        halt.set()
        with away(postgres_url):
            real_time.sleep(SLOW + 0.5)
        sending.join(30)
        assert note_states(world) == ["accepted"]


def test_a_note_that_cannot_be_recorded_costs_texts_nothing(sqlite_url: str) -> None:
    with clock.stopped(EVENING), living(sqlite_url) as world:
        due(world, 3)
        write_note(world)
        world.twilio.order("latency", times=0, method="POST", seconds=SLOW)
        halt = threading.Event()

        def serve() -> None:
            with suppress(*ERRORS):
                send.serve(world.site, halt, lambda: None)

        sending = threading.Thread(target=serve)
        sending.start()
        deadline = real_time.monotonic() + 30
        while note_states(world) != ["posting"] or world.states() != {"posting": 3}:
            assert real_time.monotonic() < deadline
            real_time.sleep(0.02)
        with world.site.database.begin() as session:
            session.execute(delete(Note))  # erased meanwhile
        halt.set()
        sending.join(30)
        assert world.states() == {"accepted": 3}


def test_a_run_that_ends_does_not_leave_a_note_behind_that_was_held_back(sqlite_url: str) -> None:
    with clock.moved(EVENING - clock.now()), living(sqlite_url) as world:
        world.program()
        write_note(world)
        slept = list[float]()

        @event.listens_for(world.site.database.engine, "before_cursor_execute")
        def slow_once(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if not slept and statement.startswith("UPDATE notes"):
                slept.append(FRESH + 0.2)
                real_time.sleep(slept[0])

        send.drain(world.site)
        assert slept
        assert note_states(world) == ["accepted"]


def test_what_a_deleted_program_had_planned_expires_although_it_was_changed(sqlite_url: str) -> None:
    with clock.stopped(EVENING), living(sqlite_url) as world:
        program = due(world, 2)
        with world.site.database.begin() as session:
            programs.patch(session, program, {"window_start": "18:00", "window_end": "20:00"}, clock.now())
            programs.delete(session, program, clock.now())
        with clock.stopped(EVENING + timedelta(hours=12)):
            assert expire.expire(world.site) == 2


def test_nobody_waits_for_a_program_that_cannot_be_planned_anew(database_url: str) -> None:
    with clock.stopped(EVENING), living(database_url) as world:
        world.program(name="Fine", join_keyword="FINE", canary=False)
        broken = world.program(name="Broken", join_keyword="BROKEN", canary=False)
        with world.site.database.begin() as session:
            fine = session.scalars(select(Program.id).where(Program.id != broken)).one()
        world.people(fine, 2)
        world.people(broken, 2)
        world.plan()
        with world.site.database.begin() as session:
            session.execute(update(Delivery).where(Delivery.local_date == EVENING.date()).values(send_at=EVENING))
            session.execute(update(Program).where(Program.id == broken).values(moved=True, holidays="no JSON"))
        rounds.send(world.site)
        assert {row.program_id for row in world.deliveries(state="accepted")} == {fine}


def test_nobody_waits_for_a_program_that_is_being_planned(postgres_url: str) -> None:
    with clock.stopped(EVENING), living(postgres_url) as world:
        fine = due(world, 2)
        taken = world.program(name="Taken", join_keyword="TAKEN")
        with world.site.database.begin() as planner:
            planner.execute(update(Program).where(Program.id == taken).values(moved=True))
        with world.site.database.begin() as planner:
            planner.get(Program, taken, with_for_update=True)
            rounds.send(world.site)
        assert {row.program_id for row in world.deliveries(state="accepted")} == {fine}


def write_note(world: World) -> None:
    """Somebody wrote, and is to be answered."""
    with world.site.database.begin() as session:
        notes.write(
            session, key="reply:SM1", sender=SENDER, phone="+12125559999", body="Hi.", now=clock.now(),
            expires=timedelta(minutes=10),
        )  # fmt: skip


def note_states(world: World) -> list[str]:
    with world.site.database.read() as session:
        return list(session.scalars(select(Note.state)))
