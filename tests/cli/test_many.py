"""``worker`` and ``beat`` say what they need, before anything begins. At work they are seen in tests/stories."""

import runpy
from pathlib import Path

import pytest

from tests.cli.terminal import error_of, run


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_one_machine_is_not_enough(command: str, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = error_of(command)
    assert "DATABASE_URL" in said
    assert "giftpulse up" in said
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.org/giftpulse")
    said = error_of(command)
    assert "REDIS_URL" in said
    assert "redis://" in said


def test_an_address_that_is_none_is_refused(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "localhost:6379")
    assert "REDIS_URL: expected redis://" in error_of("rounds")


def test_a_queue_that_does_not_exist_is_refused(home: Path) -> None:
    said = error_of("worker", "--queues", "urgent,nonsense")
    assert "--queues urgent,nonsense" in said
    assert "chores" in said
    assert run("worker", "--pool", "gevent").exit_code == 2
    assert run("worker", "--concurrency", "0").exit_code == 2


def test_celery_is_told_what_was_asked_for(postgres_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("SECRET_KEY", "a key for tests, long enough to be taken")
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("sys.argv", ["giftpulse"])

    def note(module: str, **_: object) -> None:
        import sys

        started.append((module, sys.argv[1:]))

    monkeypatch.setattr(runpy, "run_module", note)
    assert run("worker", "--queues", "urgent, daily", "--concurrency", "3", "--pool", "threads").exit_code == 0
    assert run("beat").exit_code == 0
    (module, worker), (_, beat) = started
    assert module == "celery"
    assert worker[:4] == ["--quiet", "--app", "giftpulse.worker", "worker"]
    assert worker[worker.index("--queues") + 1] == "urgent,daily"
    assert worker[worker.index("--concurrency") + 1] == "3"
    assert worker[worker.index("--pool") + 1] == "threads"
    assert beat == ["--quiet", "--app", "giftpulse.worker", "beat"]
