"""Commands of the pages that stay until they are ended: started as processes, seen at work, ended in order."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN
from tests.nursery import Nursery, Process
from tests.ports import free_port

SERVERS = ("simulator", "up", "web", "worker", "beat")
_WITHIN = 60.0


class Server:
    """One command of a page, at work in a folder of its own. Its port, where it has one, is a free one: this is all
    that is added to what the page says."""

    def __init__(
        self,
        nursery: Nursery,
        at: Path,
        words: list[str],
        settings: Mapping[str, str],
        *more: str,
        port: int | None = None,
    ) -> None:
        self.words = words
        self._port = port or (free_port() if words[0] in ("simulator", "up", "web") else None)
        listening = ["--port", str(self._port)] if self._port else []
        at.mkdir()
        (at / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self._process = Process(nursery, at, "giftpulse", *words, *listening, *more)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a simulator prints."""
        there = {"TWILIO_API_URL": self.url, "TWILIO_MONITOR_URL": self.url}
        return {**there, "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}

    def is_seen(self) -> None:
        """Return when it is at work. Fails if it ends instead, or never is."""
        asked: dict[str, Callable[[], object]] = {
            "simulator": lambda: self._hears("/_simulator/state"),
            "worker": lambda: self._process.said("a worker is at work"),
            "beat": lambda: True,  # a web process tells whether it ticks
        }
        self._eventually(asked.get(self.words[0], lambda: self._hears("/alive")))

    def tells(self, what: Callable[[Any], object]) -> None:
        """Return when ``/health`` of a web process says something."""
        self._eventually(lambda: (health := self._hears("/health")) and what(health))

    def ends(self) -> None:
        """End it as a service manager does. Fails unless it says that this went well."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        assert self._process.ended() == 0, f"{self.words}: {self._process.said('rror')}"

    def is_gone(self) -> None:
        """Nothing is left of it, whatever happened."""
        self._process.end_all()
        self._process.end()  # it may be so young that it leads no group yet

    def _hears(self, path: str) -> Any:
        try:
            with urlopen(self.url + path, timeout=10) as answer:
                return json.load(answer)
        except HTTPError as error:  # /health is 503 where something is wrong, and says what
            with error:
                return json.load(error)
        except OSError:
            return None

    def _eventually(self, is_so: Callable[[], object]) -> None:
        deadline = time.monotonic() + _WITHIN
        while not is_so():
            assert self._process.code is None, f"{self.words} ended: {self._process.said()}"
            assert time.monotonic() < deadline, f"{self.words} is not seen at work"
            time.sleep(0.05)
