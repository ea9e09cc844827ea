"""Many processes over a real Postgres and a real Redis: everything is done once, whatever dies.

One story, for its processes take longer to start than its parts to happen.
"""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from giftpulse.daily.outbox.models import Delivery
from giftpulse.ground import clock, ticking
from giftpulse.logs.models import LogEntry
from giftpulse.simulator import SimulatorConfig
from tests import make, redis
from tests.daily.world import World, living
from tests.nursery import Nursery, Process, environment
from tests.receivers import Receiver, receiving
from tests.service import Service

PEOPLE = 20
_PATIENCE = 20.0


class Fleet:
    """A web process, two workers (one of processes, one of threads), two beats."""

    def __init__(self, home: Path, settings: dict[str, str], stack: ExitStack) -> None:
        nursery = Nursery(settings)
        stack.callback(nursery.end)

        def start(name: str, *words: str) -> Process:
            process = Process(nursery, home / name, *words)
            stack.callback(process.end_all)
            return process

        self.web = start("web", "giftpulse", "web", "--port", "0")
        self.workers = [
            start("worker1", "giftpulse", "worker", "--concurrency", "4"),
            start("worker2", "giftpulse", "worker", "--concurrency", "4", "--pool", "threads"),
        ]
        self.beats = {
            process.pid: process
            for process in (
                start("beat1", "giftpulse", "beat"),
                start("beat2", "celery", "-A", "giftpulse.worker", "beat"),
            )
        }

    @property
    def all(self) -> list[Process]:
        """Every process."""
        return [self.web, *self.workers, *self.beats.values()]


@contextmanager
def fleet(home: Path, world: World, redis_url: str) -> Iterator[tuple[Fleet, Service]]:
    """All of it at work on the world's database."""
    with ExitStack() as stack:
        made = Fleet(home, environment(world, redis_url), stack)
        for worker in made.workers:
            eventually(lambda worker=worker: worker.said("a worker is at work"), 60)  # type: ignore[misc]  # bound now
        address = eventually(lambda: made.web.said("web only"), 60)
        yield made, Service(re.findall(r"http://\S+:\d+", address)[0], world.site)


def due_now(world: World) -> None:
    """People whose text of today is due, in a zone in which it is day at any time of the test."""
    zone = "Etc/UTC" if 1 <= datetime.now(UTC).hour <= 20 else "Asia/Tokyo"
    program = world.program(window_start="00:00", window_end="24:00", canary=False)
    world.people(program, PEOPLE, zone)
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=clock.now() + timedelta(hours=26)))
        today = Delivery.window_end <= clock.now() + timedelta(days=1)
        session.execute(update(Delivery).where(today).values(send_at=clock.now()))


def rule(service: Service, status: str, told: Receiver) -> None:
    """A rule for messages of a status, and whom to tell."""
    pattern = {"pattern_type": "status", "pattern_value": status, "log_type": "message"}
    rule_id = service.post("/api/rules", {"name": f"status {status}", **pattern})["id"]
    service.post("/api/actions", {"rule_id": rule_id, "action_type": "webhook", "config": {"url": told.url}})


def push(service: Service, world: World, status: str) -> None:
    """A status callback of Twilio's for a message that we do not know, twice."""
    form = {"MessageSid": make.sid(), "MessageStatus": status, "ErrorCode": "30003"}
    form["AccountSid"] = world.twilio.account_sid
    for _ in range(2):
        assert service.webhook("/webhook/status", form, token=world.twilio.auth_token) == 204


def holder(world: World) -> int | None:
    """The process that ticks."""
    with world.site.database.read() as session:
        found = ticking.ticking(session, clock.now())
    return int(found.holder.split("-")[0]) if found is not None and found.holder is not None else None


def eventually(found: Callable[[], Any], within: float = _PATIENCE) -> Any:
    deadline = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


@pytest.mark.timeout(240)
def test_everything_is_done_once_whatever_dies(postgres_url: str, tmp_path: Path) -> None:
    with redis.own() as server, receiving() as told, living(postgres_url, SimulatorConfig(speed=0)) as world:
        due_now(world)
        with fleet(tmp_path, world, server.url) as (made, service):
            texts_go_out_once(world)
            records_are_stored_once(world)
            a_failure_is_told_once_and_at_once(world, service, told)
            the_other_beat_takes_over(world, made)
            a_redis_that_dies_loses_nothing(world, service, server, told)
            assert service.get("/health")["beat"]["holder"].startswith(f"{holder(world)}-")
            each_ends_in_order(made)
        assert told.reasons() == ["alert.firing", "alert.firing"]
        assert_texts_went_out_once(world)


def texts_go_out_once(world: World) -> None:
    eventually(lambda: len(world.at_twilio()) >= PEOPLE)
    assert_texts_went_out_once(world)


def assert_texts_went_out_once(world: World) -> None:
    assert Counter(Counter(to for to, _ in world.at_twilio()).values()) == {1: PEOPLE}


def records_are_stored_once(world: World) -> None:
    """Twilio's answer to the text, and the list that is polled: one record."""

    def polled() -> bool:
        with world.site.database.read() as session:
            watched = session.scalars(select(LogEntry.sid)).all()
        assert len(watched) == len(set(watched)) <= PEOPLE
        return len(watched) == PEOPLE

    eventually(polled)


def a_failure_is_told_once_and_at_once(world: World, service: Service, told: Receiver) -> None:
    rule(service, "undelivered", told)
    began = time.monotonic()
    push(service, world, "undelivered")
    eventually(lambda: told.requests)
    # Announced through four processes. The intervals of the rounds that it takes, one after the other, are 11 s.
    assert time.monotonic() - began < 6
    assert service.get("/api/alerts")["total"] == 1


def the_other_beat_takes_over(world: World, made: Fleet) -> None:
    first = eventually(lambda: holder(world))
    made.beats.pop(first).end()  # kill -9
    (second,) = made.beats
    eventually(lambda: holder(world) == second)


def a_redis_that_dies_loses_nothing(world: World, service: Service, server: redis.Server, told: Receiver) -> None:
    rule(service, "failed", told)
    server.stop()
    push(service, world, "failed")
    assert service.get("/api/alerts")["total"] == 1
    server.start()
    eventually(lambda: len(told.requests) == 2, within=40)
    assert service.get("/api/alerts")["total"] == 2
    with world.site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LogEntry)) == PEOPLE + 2


def each_ends_in_order(made: Fleet) -> None:
    began, took = time.monotonic(), list[float]()
    for process in made.all:
        os.kill(process.pid, signal.SIGTERM)
    for process in made.all:
        assert process.ended() == 0, process.said("rror")
        assert process.said("a round failed") == ""
        took.append(round(time.monotonic() - began, 1))
    assert max(took) < _PATIENCE, took
