"""Who works on a database can be seen from it, for as long as they are there."""

import re
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

import pytest
from sqlalchemy import delete, update

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.ground import clock, presence, transfer
from tests import make
from tests.cli.terminal import error_of, point_at, spawn, told, wait_for
from tests.cli.test_db_copy import KEY
from tests.daily.world import EVENING, World, living


def eventually(found: Callable[[], bool]) -> None:
    """Wait for another thread or process."""
    deadline = time.monotonic() + 30
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
        there = f"web at port {port} on {gethostname()}, process {process.pid}-"
        assert f"a service still works on the database to copy ({there}" in error_of(*typed)
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

        with presence.present(site, "cleanup"):
            assert seen(clock.now()) == [f"cleanup on {gethostname()}, process {site.holder}"]
            stopped.move(minutes=10)
            eventually(lambda: len(seen(clock.now())) == 1)
            assert seen(clock.now() + presence.LASTS) == [], "one that was killed is forgotten after a minute"
        assert seen(clock.now()) == []


def test_a_command_that_goes_by_another_time_is_seen_by_the_true_one(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "RENEWED_EVERY", 0.01)
    later = EVENING + timedelta(minutes=10)
    with (
        clock.stopped(EVENING) as stopped,
        closing(make.site(sqlite_url, migrated=True)) as site,
        presence.present(site, "process-messages"),
        clock.moved(timedelta(hours=-20)),
    ):

        def seen() -> bool:
            with site.database.read() as session:
                return bool(transfer.life(session, later))

        assert not seen()
        stopped.move(minutes=10)
        eventually(seen)


def test_nothing_is_copied_while_commands_send(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they do is noted only when it is done, and it may take hours."""
    monkeypatch.setenv("SECRET_KEY", KEY)
    typed = ("db", "copy", "--from", database_url, "--to", "sqlite:new.db")
    with living(database_url, secret_key=KEY) as world:
        _much_is_due(world)
        settings = {"DATABASE_URL": database_url, "SECRET_KEY": KEY, **point_at(world.twilio)}
        processes = [spawn(home, *command, **settings) for command in (("process-messages",), ("run", "send"))]
        try:
            both = [f" on {gethostname()}, process {process.pid}-" for process in processes]
            eventually(lambda: all(any(each in one for one in life_of(world)) for each in both))
            eventually(lambda: world.states().get("accepted", 0) > 0)
            said = error_of(*typed)
            assert f"a service still works on the database to copy (process-messages on {gethostname()}" in said
            with world.site.database.begin() as session:
                holds.hold(session, holds.ALL, holds.OPERATOR, "so that they end", clock.now())
            assert [process.wait(20) for process in processes] == [1, 0]
        finally:
            for process in processes:
                process.kill()
                process.communicate()
        assert [one for one in life_of(world) if gethostname() in one] == []


def _much_is_due(world: World) -> None:
    """Texts for most of a minute."""
    program = world.program(window_start="00:00", window_end="24:00", segments_per_second=2, canary=False)
    world.people(program, 100)
    world.plan()
    now, first = clock.now(), min(row.local_date for row in world.deliveries())
    with world.site.database.begin() as session:
        session.execute(delete(Delivery).where(Delivery.local_date > first))
        session.execute(update(Delivery).values(send_at=now, window_end=now + timedelta(hours=1)))


def life_of(world: World) -> list[str]:
    with world.site.database.read() as session:
        return transfer.life(session, clock.now())
