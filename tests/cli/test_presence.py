"""A web process can be seen from its database, for as long as it is there."""

import re
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from socket import gethostname

import pytest

from giftpulse.cli import presence
from giftpulse.ground import clock, lock, transfer
from tests import make
from tests.cli.terminal import error_of, spawn, told, wait_for
from tests.cli.test_db_copy import KEY
from tests.daily.world import EVENING


def eventually(found: Callable[[], bool]) -> None:
    """Wait for another thread."""
    deadline = time.monotonic() + 10
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_nothing_is_copied_under_a_lone_web_process(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    typed = ("db", "copy", "--from", database_url, "--to", "sqlite:new.db")
    process = spawn(home, "web", "--port", "0", DATABASE_URL=database_url, SECRET_KEY=KEY)
    try:
        said = wait_for(home / "stderr.txt", "web only", process)
        port = re.findall(r"http://127\.0\.0\.1:(\d+)", said)[0]
        assert f"a service still works on the database to copy (web {gethostname()}:{port} is held" in error_of(*typed)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    assert told(*typed)["leases_freed"] == 0


def test_the_trace_is_renewed_and_ends_with_the_process(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "RENEWED_EVERY", 0.01)
    with clock.stopped(EVENING) as stopped, closing(make.site(database_url, migrated=True)) as site:

        def seen(at: datetime) -> list[str]:
            with site.database.read() as session:
                return transfer.life(session, at)

        with presence.present(site, 8000):
            stopped.move(minutes=10)
            eventually(lambda: len(seen(clock.now())) == 1)
            assert seen(clock.now() + presence.LASTS) == [], "one that was killed is forgotten after a minute"
        assert seen(clock.now()) == []


def test_the_trace_of_one_that_was_killed_is_taken_over_in_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "RENEWED_EVERY", 0.01)
    with clock.stopped(EVENING) as stopped, closing(make.site(database_url, migrated=True)) as site:
        with site.database.begin() as session:
            lock.acquire(session, f"web {gethostname()}:8000", "the one before", clock.now(), presence.LASTS)
        with presence.present(site, 8000):
            stopped.move(minutes=1)

            def is_ours() -> bool:
                with site.database.read() as session:
                    return any(site.holder in held for held in transfer.life(session, clock.now()))

            eventually(is_ours)
