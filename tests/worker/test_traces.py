"""A worker tells of the rounds that it runs: in its processes, which are forked, and in its threads; to the last."""

import os
import signal
import time
from pathlib import Path

import pytest

from giftpulse.ground import runs
from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.herald import Herald
from giftpulse.simulator import SimulatorConfig
from tests.collector import Collector, collecting
from tests.daily.world import World, living
from tests.nursery import Nursery, Process, environment

WOKEN = {"round watch", "round confirm", "round answer"}
"""The rounds that news in the record wake."""


def names(collector: Collector) -> set[str]:
    return {span.name for span in collector.spans}


def have_run(world: World) -> set[str]:
    with world.site.database.read() as session:
        return set(runs.all_runs(session))


def until(worker: Process, words: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not worker.said(words):
        assert time.monotonic() < deadline, worker.said()
        time.sleep(0.05)


def run_rounds(world: World, redis_url: str) -> None:
    """Have the rounds asked for until each has run, as a web process would."""
    bulletin = Bulletin()
    herald = Herald(redis_url, bulletin, "a web process")
    herald.start()
    try:
        deadline = time.monotonic() + 30
        while not {name.removeprefix("round ") for name in WOKEN} <= have_run(world):
            assert time.monotonic() < deadline, "they did not run in time"
            bulletin.post("logs.changed")
            time.sleep(0.1)
    finally:
        herald.stop()


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_each_round_of_a_worker_is_told(postgres_url: str, redis_url: str, tmp_path: Path, pool: str) -> None:
    with living(postgres_url, SimulatorConfig(speed=0)) as world, collecting() as collector:
        # So long that nothing goes before the end: what arrives was handed over by a worker that leaves.
        slow = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        nursery = Nursery(environment(world, redis_url, **slow))
        try:
            worker = Process(nursery, tmp_path / "worker", "giftpulse", "worker", "--concurrency", "2", "--pool", pool)
            try:
                until(worker, "a worker is at work")
                run_rounds(world, redis_url)
                assert collector.requests == []
                os.kill(worker.pid, signal.SIGTERM)
                assert worker.ended() == 0, worker.said("rror")
            finally:
                worker.end_all()
        finally:
            nursery.end()
        assert names(collector) == WOKEN
