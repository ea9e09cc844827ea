"""Every round has its queue, every queue is taken from, and every round is ticked for."""

from datetime import timedelta
from typing import Any

import pytest

from giftpulse.ground.settings import load
from giftpulse.queues import QUEUES, chosen
from giftpulse.timetable import ROUNDS
from giftpulse.worker import limits
from giftpulse.worker.celery import configuration
from tests.house.source import HOUSE

NAMES = [each.name for each in ROUNDS]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Celery is told."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.org/giftpulse")
    monkeypatch.setenv("REDIS_URL", "redis://redis.example.org/0")
    return configuration()


def test_every_round_waits_in_one_queue() -> None:
    assert sorted(name for rounds in QUEUES.values() for name in rounds) == sorted(NAMES)


def test_every_round_is_sent_where_a_worker_takes_from(told: dict[str, Any]) -> None:
    routed = {task: route["queue"] for task, route in told["task_routes"].items()}
    assert set(routed) == {f"round.{name}" for name in NAMES}
    assert set(routed.values()) | {told["task_default_queue"]} <= set(told["task_queues"])
    assert set(chosen(None)) == set(told["task_queues"]) == set(QUEUES)


def test_every_round_is_ticked_for_in_its_interval(told: dict[str, Any]) -> None:
    settings = load(_env_file=None)
    ticks = {entry["task"]: entry["schedule"].run_every for entry in told["beat_schedule"].values()}
    assert ticks == {f"round.{each.name}": each.every(settings) for each in ROUNDS}


def test_messages_may_be_lost_and_come_twice_but_carry_no_code(told: dict[str, Any]) -> None:
    assert told["task_acks_late"]
    assert told["task_reject_on_worker_lost"]
    assert told["worker_prefetch_multiplier"] == 1
    assert told["accept_content"] == [told["task_serializer"]] == ["json"]
    assert told["broker_connection_max_retries"] is None


def test_limits_stand_in_their_order(told: dict[str, Any]) -> None:
    visible = told["broker_transport_options"]["visibility_timeout"]
    assert limits.TURN < told["task_soft_time_limit"] < told["task_time_limit"] < visible
    assert timedelta(seconds=2 * limits.BEAT_RENEWS_EVERY) < limits.BEAT_LEASE
    assert limits.expiry(timedelta(seconds=1)) == limits.LEAST_EXPIRY
    assert limits.expiry(timedelta(minutes=5)) == 300


def test_the_page_tells_the_queues() -> None:
    page = (HOUSE / "docs" / "many.md").read_text()
    for queue, rounds in QUEUES.items():
        assert f"| `{queue}` | {', '.join(f'`{name}`' for name in rounds)} |" in page
