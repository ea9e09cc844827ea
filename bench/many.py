"""Many: a task for each batch against one for each message, and a fleet over Redis against one process, on Postgres."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
from celery import Celery
from sqlalchemy import func, select, update
from sqlalchemy.engine import make_url

from bench import Figure
from giftpulse import timetable
from giftpulse.daily.outbox.models import Delivery
from giftpulse.ground import clock, runs
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogEntry, LogOwed
from giftpulse.monitor import rounds
from giftpulse.monitor.rules import store as rules
from giftpulse.simulator import SimulatorConfig
from tests import make, postgres, redis
from tests.cli.terminal import get
from tests.daily.world import World, living
from tests.nursery import Nursery, Process, environment
from tests.ports import free_port

_BATCH = 500
_WORDS: dict[str, list[tuple[str, ...]]] = {
    "embedded": [("giftpulse", "up", "--port", "{port}")],
    "fleet": [
        ("giftpulse", "web", "--port", "{port}"),
        ("giftpulse", "worker", "--concurrency", "8"),
        ("giftpulse", "beat"),
    ],
}
_RULE = {
    "name": "failures", "condition": {"field": "status", "op": "eq", "value": "undelivered"},
    "trigger": {"type": "threshold", "count": 10, "within": "5m", "group_by": ["error_code"]},
}  # fmt: skip


def run(quick: bool) -> Iterator[Figure]:
    """Everything on one Postgres with fsync and one Redis; the ways in turn, the median of some runs each."""
    number, times = (600, 1) if quick else (3_000, 3)
    with postgres.running(durable=True) as server, redis.own() as broker:
        one = _tasks(_database(server, "bench_one"), broker.url, number // 3, 1)
        yield Figure("one task for each message", one, "messages/s", note="stored and matched; 4 threads of a worker")
        batch = _tasks(_database(server, "bench_batch"), broker.url, 10 * number, _BATCH)
        yield Figure(f"one task for each batch of {_BATCH}", batch, "messages/s")
        yield Figure("a batch against one by one", batch / one, "x", floor=10)
        yield from _steps(_database(server, "bench_steps"))
        measured: dict[str, list[dict[str, float]]] = {"embedded": [], "fleet": []}
        for turn in range(times):
            for form in measured:
                url = _database(server, f"bench_{form}_{turn}")
                with _world(form, url, broker.url) as (world, port):
                    measured[form].append(_measure(world, port, number))
        for what, unit in _UNITS.items():
            alone, fleet = (statistics.median(each[what] for each in measured[form]) for form in measured)
            yield Figure(f"{what}: one process", alone, unit)
            yield Figure(f"{what}: web, worker and beat", fleet, unit)
            yield Figure(f"{what}: the fleet against one process", 100 * fleet / alone, "%", goal=80)


_UNITS = {
    "callbacks, stored": "requests/s", "callbacks, until matched": "changes/s", "a list of Twilio's": "rows/s",
    "texts, until Twilio has them": "texts/s",
}  # fmt: skip


def _measure(world: World, port: int, number: int) -> dict[str, float]:
    load = [sys.executable, "-m", "bench.callbacks_load", str(port), str(number), "64", "ours"]
    token, account = world.twilio.auth_token, world.twilio.account_sid
    done = subprocess.run(
        load, check=True, capture_output=True, text=True, env={**os.environ, "BENCH_SIGNED_BY": f"{account}:{token}"}
    )
    stored = json.loads(done.stdout)
    assert stored["good"] == number, stored
    began = time.perf_counter()
    _until(lambda: _owed(world.site) == 0)
    matched = number / (number / stored["rate"] + time.perf_counter() - began)
    return {
        "callbacks, stored": stored["rate"],
        "callbacks, until matched": matched,
        "a list of Twilio's": _listed(world, 5 * number),
        "texts, until Twilio has them": _sent(world, number // 3),
    }


def _listed(world: World, number: int) -> float:
    """Rows a second, from the first that is there to the last."""
    before = _entries(world.site)
    now = clock.now()
    world.twilio.add_messages(number, first=now - timedelta(minutes=30), last=now - timedelta(minutes=1))
    _until(lambda: _entries(world.site) > before)
    began, first = time.perf_counter(), _entries(world.site)
    _until(lambda: _entries(world.site) >= before + number)
    return (before + number - first) / (time.perf_counter() - began)


def _sent(world: World, number: int) -> float:
    """Texts a second, from the first request to the last, of people who are all due at once."""
    program = world.program(window_start="00:00", window_end="24:00", canary=False, segments_per_second=2000)
    world.people(program, number, "Etc/UTC" if 1 <= clock.now().hour <= 20 else "Asia/Tokyo")
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=clock.now() + timedelta(hours=26)))
        today = Delivery.window_end <= clock.now() + timedelta(days=1)
        session.execute(update(Delivery).where(today).values(send_at=clock.now()))
    taken = select(func.count()).where(Delivery.sid.is_not(None))
    _until(lambda: _count(world.site, taken) > 0)
    began, first = time.perf_counter(), _count(world.site, taken)
    _until(lambda: _count(world.site, taken) >= number)
    return (number - first) / (time.perf_counter() - began)


def _steps(url: str) -> Iterator[Figure]:
    """What a step of the watch round costs: by itself, and for each change. bench/queueing.py reckons with these."""
    site = make.site(url)
    _prepare(site)
    took = {}
    for changes in (1, 4_000):
        spent = []
        for _ in range(5):
            make.take(site, *(_record(n) for n in range(changes)))
            began = time.perf_counter()
            rounds.watch(site)
            spent.append(time.perf_counter() - began)
        took[changes] = statistics.median(spent)
    site.close()
    yield Figure("a step of watching, one change", 1000 * took[1], "ms")
    yield Figure("a step of watching, each further change", 1e6 * (took[4_000] - took[1]) / 3_999, "us")


def _tasks(url: str, broker: str, number: int, batch: int) -> float:
    """Messages a second through a Celery worker, ``batch`` of them in a task."""
    site = make.site(url)
    _prepare(site)
    variables = {**os.environ, "BENCH_URL": url, "BENCH_REDIS": broker}
    app = Celery("many", broker=broker, set_as_current=False)
    for start in range(0, number, batch):
        app.send_task("store", args=[json.loads(json.dumps([_record(n) for n in range(start, start + batch)]))])
    words = ("-A", "bench.many_tasks", "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "ERROR")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", *words], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until(lambda: _entries(site) > 0)
        began, first = time.perf_counter(), _entries(site)
        _until(lambda: _entries(site) >= number and _owed(site) == 0)
        return (number - first) / (time.perf_counter() - began)
    finally:
        worker.kill()
        worker.wait()
        site.close()


@contextmanager
def _world(form: str, url: str, broker: str) -> Iterator[tuple[World, int]]:
    """The service in one of its forms over a database, with a simulated Twilio, and the port of its doors."""
    make.site(url).close()
    port = free_port()
    with ExitStack() as stack:
        world = stack.enter_context(living(url, SimulatorConfig(speed=0)))
        _prepare(world.site)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="giftpulse-bench-")))
        more = {} if form == "fleet" else {"REDIS_URL": ""}
        nursery = Nursery({**environment(world, broker), **more})
        stack.callback(nursery.end)
        for number, words in enumerate(_WORDS[form]):
            process = Process(nursery, home / str(number), *(word.format(port=port) for word in words))
            stack.callback(process.end_all)
        get(f"http://127.0.0.1:{port}/alive")
        _until(lambda: bool(_count(world.site, select(func.count()).select_from(runs.RoundRun))))
        yield world, port


def _prepare(site: Site) -> None:
    timetable.enrol(site)
    with site.database.begin() as session:
        rules.create(session, _RULE, clock.now())


def _record(number: int) -> dict[str, object]:
    failed = number % 12 == 0
    return make.message(
        at=clock.now(), status="undelivered" if failed else "delivered", error_code=30003 if failed else None
    )


def _entries(site: Site) -> int:
    return _count(site, select(func.count()).select_from(LogEntry))


def _owed(site: Site) -> int:
    return _count(site, select(func.count()).where(LogOwed.reader == "match"))


def _count(site: Site, asked: object) -> int:
    with site.database.read() as session:
        return int(session.scalar(asked) or 0)  # type: ignore[call-overload]  # any statement of one number


def _until(found: Callable[[], bool], within: float = 120.0) -> None:
    deadline = time.monotonic() + within
    while not found():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.02)


def _database(server: str, name: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)
