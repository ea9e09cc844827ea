"""``giftpulse demo`` as a person or CI runs it: a process of its own, in an environment with a real account in it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from giftpulse.daily.inbound.alarm import DANGER
from tests.cli.terminal import FAST
from tests.demo.test_isolation import REAL

pytestmark = pytest.mark.timeout(600)

PATIENCE = 120.0
"""Seconds to wait for anything, on a machine with little time for us: nothing here is a measure of speed."""

WARNINGS = (
    re.escape(f"giftpulse.daily.inbound.alarm: {DANGER}"),  # a person of the play writes so, and it must be told
)
"""What may stand in the demo's own log as a warning, all of it, whole lines as regexes. Tried with up to eight busy
loops beside the demo on two cores: nothing else came."""

PASSING = (
    # It begins within the windows of many people: their texts are due at once, and go at the program's pace or, where
    # the machine is slower than that, at the machine's.
    r"\d+ texts of Daily Positivity are due for up to \d+ minutes, and nothing holds them",
    # Twilio refuses the account, as the play has it, until the operator of the play has looked into it.
    r"all texts are held since .+",
)
"""What health may complain of for a while."""


def listed(words: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns is these words, from their beginning to their end."""
    return any(re.fullmatch(pattern, words) for pattern in patterns)


class Running:
    """The demo's process, and what it has said so far on standard error."""

    def __init__(self, folder: Path, *options: str) -> None:
        scratch = folder / "tmp"
        scratch.mkdir()
        (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in REAL.items()))
        self.scratch, self.said = scratch, ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "giftpulse", "demo", "--json", *options],
            cwd=folder, env={**os.environ, **FAST, **REAL, "TMPDIR": str(scratch)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Until it has said so."""
        until = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < until, f"{pattern!r} was not said:\n{self.said}"
            assert self.process.poll() is None, f"it ended early:\n{self.said}"
            time.sleep(0.05)
        return found

    def wait_until_well(self) -> None:
        """Until health says so: on a busy machine the texts that are due at the start take a while to go."""
        until = time.monotonic() + PATIENCE
        while (health := self.health())["status"] != "ok":
            assert [each for each in health["problems"] if not listed(each, PASSING)] == []
            assert time.monotonic() < until, f"it was never well: {health}"
            time.sleep(0.2)

    def warnings(self) -> list[str]:
        """What its own log has of warnings and errors, as it shows them."""
        return re.findall(r"^\S+ +warning +(.+)$", self.said, re.MULTILINE)

    def health(self) -> Any:
        """What it says of itself, well or not."""
        try:
            return self.ask("/api/health")
        except HTTPError as error:
            with error:
                return json.load(error)

    def summary(self) -> dict[str, Any]:
        """What it prints at its end."""
        assert self.process.stdout is not None
        told: list[str] = []
        reader = threading.Thread(target=lambda out: told.append(out.read()), args=(self.process.stdout,), daemon=True)
        reader.start()
        assert self.process.wait(PATIENCE) == 0, self.said
        reader.join()
        found: dict[str, Any] = json.loads(told[0])
        return found

    def ask(self, path: str, token: str = "") -> Any:
        """An answer of its API."""
        address = self.wait_for(r"GiftPulse is at (http://\S+),")[1]
        with urlopen(
            Request(address + path, headers={"X-API-Key": token} if token else {}), timeout=PATIENCE
        ) as answer:
            body = answer.read()
        return json.loads(body) if answer.headers.get_content_type() == "application/json" else body.decode()


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    demo = Running(folder, *options)
    try:
        yield demo
    finally:
        demo.process.kill()
        demo.process.wait()
        for stream in (demo.process.stdout, demo.process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def refused(demo: Running, path: str) -> int:
    with pytest.raises(HTTPError) as caught:
        demo.ask(path)
    with caught.value as error:
        return error.code


def test_alerts_open_are_told_and_resolve(tmp_path: Path) -> None:
    with running(tmp_path, "--port", "0", "--speed", "6") as demo:
        token = demo.wait_for(r"admin token (\S+)")[1]
        assert f'curl -H "X-API-Key: {token}" ' in demo.wait_for(r"try: (.*)\n")[1]
        assert "openapi.json" in demo.ask("/docs")
        assert refused(demo, "/api/alerts") == 401
        demo.wait_for(r"ALERT +critical: Carrier filtering \(MG")
        open_now = demo.ask("/api/alerts?state=open", token)["items"]
        assert "Carrier filtering" in {alert["rule_name"] for alert in open_now}
        demo.wait_until_well()
        demo.wait_for(r"webhook +alert.firing, signature ok: Carrier filtering: 8 or more matches")
        demo.wait_for(r"mail +to on-call@demo.example: \[FIRING\] Carrier filtering: 8 or more matches")
        demo.wait_for(r"ALERT +warning: Handsets unreachable \(GB\)")
        demo.wait_for(r'person +\+\S+ texts "DAILY": join, answered "Daily Positivity: you\'re in!')
        demo.wait_for(r'texts "please stop texting me": stop, answered ')
        demo.wait_for(r"ALERT +critical: Someone may be in danger")
        demo.wait_for(r"ordered +OpenAI goes down")
        demo.wait_for(r"text +\S+ \S+ from the library \(the service is down")
        demo.wait_for(r"resolved +.* \(quiet\)")
        demo.wait_for(r"webhook +alert.resolved, signature ok")
        demo.process.send_signal(signal.SIGTERM)
        summary = demo.summary()
    assert {"Carrier filtering", "Our webhook fails", "Handsets unreachable"} < set(summary["rules_fired"])
    assert summary["mails"] >= 1
    assert summary["webhooks_verified"] >= 1
    assert summary["webhooks_refused"] == 0
    assert summary["missing"] == []
    assert summary["ours"] == summary["twilio"]
    assert all(number > 0 for number in summary["ours"].values())
    assert {"poll", "callback", "inbound", "debugger", "events"} <= set(summary["changes"])
    warnings = demo.warnings()
    assert [each for each in warnings if not listed(each, WARNINGS)] == []
    assert warnings
    # What happens while it is ended is counted and not shown any more.
    assert summary["troubles"] >= max(len(warnings), summary["program"]["dangers"]) >= 1
    assert summary["program"]["dangers"] >= 1
    assert_program(summary["program"])
    assert list(demo.scratch.iterdir()) == []
    for value in REAL.values():
        assert value not in demo.said


def assert_program(program: dict[str, Any]) -> None:
    """Texts went around the world, whatever went wrong, and no promise was broken."""
    assert program["violations"] == []
    assert program["zones"] > 30
    assert program["sent"] >= 20
    assert program["sent"] <= program["checked"] <= program["sent"] + program["lost"]
    assert program["delivered"] > program["sent"] / 2
    assert program["joined"] >= 2
    assert program["left"] >= 2
    assert program["lost"] >= program["settled"] >= 1
    assert program["written"] >= 15
    assert program["from_library"] >= 1
    assert program["replies"] >= 5
    assert program["stops"] >= 2
    assert program["slowest_stop"] is not None


def test_it_takes_another_port_and_ends_by_itself(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running(tmp_path, "--port", str(port), "--seconds", "3") as demo:
            other = demo.wait_for(rf"port {port} cannot be had, so the demo listens on (\d+)")[1]
            assert demo.ask("/health")["database"] == "ok"
            assert f":{other}" in demo.wait_for(r"GiftPulse is at (\S+),")[1]
            summary = demo.summary()
    assert summary["seconds"] >= 3
    assert summary["missing"] == []
    assert list(demo.scratch.iterdir()) == []
