"""The daily program as it runs: the whole service with its rounds, Twilio calling back in its own disorderly way."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text, update

from giftpulse.daily.outbox import settle
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.states import moved
from giftpulse.ground import clock
from giftpulse.simulator import SimulatorConfig
from giftpulse.simulator.fates import Fate
from tests.daily.world import World, living
from tests.service import Service, serving

ODDS = ((0.9, Fate("delivered")), (0.06, Fate("undelivered", 30008)), (0.04, Fate("undelivered", 30005)))
"""None of these holds a sender, as a carrier that filters does: here everybody gets their text."""


@contextmanager
def alive(database_url: str, speed: float = 20.0) -> Iterator[tuple[World, Service]]:
    """A running service whose public address is its own, and a Twilio that calls it back."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = SimulatorConfig(speed=speed, seed=3)
    address = f"http://127.0.0.1:{port}"
    with (
        living(database_url, config, public_url=address, poll_interval_seconds=3600) as world,
        serving(world.site, with_rounds=True, port=port) as service,
    ):
        world.twilio.do(lambda simulator: setattr(simulator.world, "odds", ODDS))
        yield world, service


def due_now(world: World, people: int) -> None:
    """People whose text is due, in a zone in which it is day at any time of the test."""
    zone = "Etc/UTC" if 1 <= datetime.now(UTC).hour <= 20 else "Asia/Tokyo"
    program = world.program(window_start="00:00", window_end="24:00", canary=False)
    world.people(program, people, zone)
    world.plan()
    with world.site.database.begin() as session:
        soon = clock.now() + timedelta(hours=26)
        session.execute(update(Delivery).values(send_at=soon))
        today = Delivery.window_end <= clock.now() + timedelta(days=1)
        session.execute(update(Delivery).where(today).values(send_at=clock.now()))


def today(world: World) -> list[Delivery]:
    return [row for row in world.deliveries() if row.send_at <= clock.now() or row.state != "planned"]


def counts(world: World) -> Counter[int]:
    return Counter(Counter(to for to, _ in world.at_twilio()).values())


@pytest.mark.timeout(180)
def test_callbacks_late_doubled_and_out_of_order_end_in_the_truth(database_url: str) -> None:
    with alive(database_url) as (world, service):
        world.twilio.disturb(late=2.0, doubled=0.3, out_of_order=0.3)
        world.twilio.order("drop_after", times=5, method="POST")
        due_now(world, 40)
        world.site.bulletin.post("daily.due")
        service.eventually(lambda: len(world.at_twilio()) == 40, within=60)

        # A callback that is held back for a next one that never comes is lost: then Twilio's list is asked.
        service.eventually(lambda: len(waiting(world, "unknown", "posting")) <= 2, within=60)
        settle_lost(world, service)
        assert counts(world) == {1: 40}
        assert len({row.sid for row in today(world)}) == 40, "a lost answer was not found by its own message"
        world.poll()
        service.eventually(lambda: agrees(world), within=30)


def agrees(world: World) -> bool:
    """Whether our rows say what Twilio says."""
    theirs = world.twilio.do(
        lambda simulator: {m.sid: m.status for m in simulator.world.account().messages.page(lambda _m: True, 1000).rows}
    )
    return all(moved(row.state, theirs[str(row.sid)]) is None for row in today(world))


@pytest.mark.timeout(180)
def test_lost_callbacks_are_healed_by_the_poll(sqlite_url: str) -> None:
    with alive(sqlite_url) as (world, service):
        world.twilio.disturb(dropped=1.0)
        due_now(world, 15)
        world.site.bulletin.post("daily.due")
        service.eventually(lambda: len(world.at_twilio()) == 15, within=60)
        time.sleep(1.0)
        assert {row.state for row in today(world)} == {"accepted"}
        world.poll()
        service.eventually(lambda: agrees(world), within=30)
        assert counts(world) == {1: 15}


@pytest.mark.timeout(180)
def test_a_database_that_restarts_in_the_middle_costs_nobody_their_text(postgres_url: str) -> None:
    with alive(postgres_url) as (world, service):
        world.twilio.order("latency", times=0, method="POST", seconds=0.05)
        due_now(world, 150)
        world.site.bulletin.post("daily.due")
        cut_connections(postgres_url, 6)
        service.eventually(lambda: not waiting(world, "planned"), within=90)
        settle_lost(world, service)
        assert counts(world) == {1: 150}


def cut_connections(database_url: str, times: int) -> None:
    """End every connection of the service, as a restart of the server does, and see that they have ended."""
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for _ in range(times):
            time.sleep(0.4)
            cut = set(connection.scalars(text(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )))  # fmt: skip
            while cut & set(connection.scalars(text("SELECT pid FROM pg_stat_activity"))):
                time.sleep(0.02)
    engine.dispose()


def settle_lost(world: World, service: Service) -> None:
    """Settle what is open, with the clock moved on as minutes would; the service sends what Twilio never took."""
    later = clock.now()
    while waiting(world, "planned", "posting", "unknown"):
        service.eventually(lambda: not waiting(world, "planned"), within=60)
        assert later < clock.now() + timedelta(hours=1), f"not settled: {world.states()}"
        later += timedelta(minutes=3)
        with clock.stopped(later):
            settle.settle(world.site)


def waiting(world: World, *states: str) -> list[Delivery]:
    """Today's rows in one of these states."""
    return [row for row in today(world) if row.state in states]
