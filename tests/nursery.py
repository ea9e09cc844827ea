"""Processes of a fleet, forked from one that has everything loaded (tests/fleet.py), and the settings they share."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests import make
from tests.cli.terminal import FAST, VARIABLES, point_at
from tests.daily.world import World
from tests.fleet import ALIVE


class Nursery:
    """Where the processes come from."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.fleet"]
        pipe = subprocess.PIPE
        self._running = subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        assert self._hear() == "ready"

    def ask(self, what: object) -> int:
        """Start a process, wait for one, or (its id, negative) look whether it has ended."""
        assert self._running.stdin is not None
        self._running.stdin.write(f"{json.dumps(what)}\n")
        self._running.stdin.flush()
        return int(self._hear())

    def _hear(self) -> str:
        assert self._running.stdout is not None
        return self._running.stdout.readline().strip()

    def end(self) -> None:
        """End it; its processes have ended before."""
        self._running.kill()
        self._running.communicate()


class Process:
    """One process of the fleet, and the leader of the group of those that it forks."""

    def __init__(self, nursery: Nursery, at: Path, *words: str) -> None:
        at.mkdir(exist_ok=True)
        self._nursery, self._file = nursery, at / "stderr.txt"
        self.pid = nursery.ask((str(at), words))
        self._code: int | None = None

    def said(self, words: str = "") -> str:
        """Its first line with these words, if there is one."""
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        return next((line for line in lines if words in line), "")

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        self._code = self._nursery.ask(self.pid) if self._code is None else self._code
        return self._code

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None and (found := self._nursery.ask(-self.pid)) != ALIVE:
            self._code = found
        return self._code

    def end(self) -> None:
        """kill -9."""
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.ended()

    def end_all(self) -> None:
        """kill -9 of it and of all that it forked, whether it still lives or not."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.ended()


def environment(world: World, redis_url: str, **more: str) -> dict[str, str]:
    """The settings of every process of a fleet on the world's database."""
    settings = world.site.settings
    assert settings.secret_key is not None
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {
        **kept, **FAST, **point_at(world.twilio), "REDIS_URL": redis_url, "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(), "GIFTPULSE_ADMIN_TOKEN": make.ADMIN,
        "POLL_INTERVAL_SECONDS": "2", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", **more,
    }  # fmt: skip
