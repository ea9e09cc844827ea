"""``up`` and ``web`` as processes of their own: the address, the token, and a stop that loses nothing."""

import http.client
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from giftpulse.logs.models import LogEntry
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from tests.cli.terminal import database, error_of, get, point_at, run, spawn, told, wait_for

_PATIENCE = 15.0


@dataclass
class Poster:
    """Posts signed status callbacks, one after the other, until the door is shut; keeps what was accepted."""

    base: str
    simulator: RunningSimulator
    number: int
    accepted: list[str] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)
    began: threading.Event = field(default_factory=threading.Event)

    def post_until_shut(self) -> None:
        host = self.base.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        try:
            for position in range(100_000):
                self._post(connection, f"SM{self.number:02x}{position:030x}")
                if len(self.accepted) >= 20:
                    self.began.set()
        except (OSError, http.client.HTTPException):
            pass  # the door is shut: this one was not accepted
        finally:
            connection.close()
            self.began.set()

    def _post(self, connection: http.client.HTTPConnection, sid: str) -> None:
        url = f"{self.base}/webhook/status"
        form = {
            "MessageSid": sid,
            "MessageStatus": "sent",
            "AccountSid": self.simulator.account_sid,
            "To": "+12025550143",
        }
        signature = RequestValidator(self.simulator.auth_token).compute_signature(url, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        connection.request("POST", "/webhook/status", urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
        self.answers.add(answer.status)
        if answer.status < 300:
            self.accepted.append(sid)


@contextmanager
def _posting(base: str, simulator: RunningSimulator) -> Iterator[list[Poster]]:
    posters = [Poster(base, simulator, number) for number in range(6)]
    threads = [threading.Thread(target=poster.post_until_shut) for poster in posters]
    for thread in threads:
        thread.start()
    for poster in posters:
        assert poster.began.wait(30)
    yield posters
    for thread in threads:
        thread.join(30)


def test_a_stop_loses_nothing_that_was_accepted(home: Path) -> None:
    with running(SimulatorConfig(speed=0)) as simulator:
        process = spawn(home, "up", "--port", "0", **point_at(simulator))
        try:
            line = wait_for(home / "stderr.txt", "GiftPulse at", process)
            base = re.findall(r"http://127\.0\.0\.1:\d+", line)[0]
            assert not base.endswith(":0")
            assert get(f"{base}/health")["status"] == "ok"
            with _posting(base, simulator) as posters:
                process.send_signal(signal.SIGTERM)
                assert process.wait(_PATIENCE) == 0
        finally:
            process.kill()
            process.communicate()
    accepted = {sid for poster in posters for sid in poster.accepted}
    assert len(accepted) >= 6 * 20
    assert {status for poster in posters for status in poster.answers} <= {204, 503}
    stored = database(home)
    with stored.read() as session:
        assert set(session.scalars(select(LogEntry.sid))) >= accepted
    stored.close()


def _wait_until_all_have_run(base: str) -> None:
    for _ in range(300):
        if all(each["last_run_at"] for each in get(f"{base}/api/health")["rounds"].values()):
            return
        time.sleep(0.1)
    raise AssertionError("some rounds did not run")


def test_the_first_start_shows_a_token_and_the_next_one_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = spawn(home, "up", "--port", "0")
    try:
        base = re.findall(r"http://\S+:\d+", wait_for(home / "stderr.txt", "GiftPulse at", process))[0]
        token = wait_for(home / "stderr.txt", "admin token", process).split()[-1]
        assert get(f"{base}/api/logs", token)["items"] == []
        said = (home / "stderr.txt").read_text()
        assert f"{base}/docs" in said
        assert "TWILIO_ACCOUNT_SID" in said
        _wait_until_all_have_run(base)
        monkeypatch.setenv("PUBLIC_URL", base)
        found = {one["check"]: one for one in told("doctor", exit_code=1)["findings"]}
        assert found["Reachable at PUBLIC_URL"]["state"] == "ok"
        assert found["Rounds"]["state"] == "ok"
        assert found["Twilio account"]["state"] == "fail"
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
    process = spawn(home, "web", "--port", "0")
    try:
        base = re.findall(r"http://\S+:\d+", wait_for(home / "stderr.txt", "web only", process))[0]
        assert get(f"{base}/api/logs", token)["items"] == []
        assert "admin token" not in (home / "stderr.txt").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_stop_during_the_start_is_an_orderly_one(home: Path) -> None:
    process = spawn(home, "up", "--port", "0")
    try:
        wait_for(home / "stderr.txt", "GiftPulse at", process)  # printed before the rounds begin
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
    said = (home / "stderr.txt").read_text()
    assert "Traceback" not in said
    assert "shutdown complete" in said or "startup" not in said


def test_a_port_that_is_taken_is_told(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("up", "web"):
            said = error_of(command, "--port", port)
            assert f"--port {port}" in said
            assert "in use" in said


def test_web_alone_does_not_migrate(home: Path) -> None:
    assert "db upgrade" in error_of("web", "--port", "0")
    assert run("up", "--port", "70000").exit_code == 2


def test_who_names_a_token_is_shown_none(home: Path) -> None:
    process = spawn(home, "up", "--port", "0", GIFTPULSE_ADMIN_TOKEN="a-token-from-elsewhere")
    try:
        base = re.findall(r"http://\S+:\d+", wait_for(home / "stderr.txt", "GiftPulse at", process))[0]
        wait_for(home / "stderr.txt", "TWILIO_ACCOUNT_SID", process)
        assert "admin token" not in (home / "stderr.txt").read_text()
        assert get(f"{base}/api/logs", "a-token-from-elsewhere")["items"] == []
    finally:
        process.kill()
        process.communicate()


def test_a_connection_outlives_a_pause_in_what_a_proxy_has_to_say(home: Path) -> None:
    """Each opened its connection once, and uses it again: were it closed just then, somebody would get a 502."""
    processes, kept = [], []
    try:
        for command, words in (("up", "GiftPulse at"), ("web", "web only")):
            said = home / command
            said.mkdir()
            database = f"sqlite:///{home / 'giftpulse.db'}"
            processes.append(spawn(said, command, "--port", "0", DATABASE_URL=database))
            line = wait_for(said / "stderr.txt", words, processes[-1])
            kept.append(http.client.HTTPConnection(re.findall(r"http://(127\.0\.0\.1:\d+)", line)[0], timeout=30))
        for pause in (0.0, 5.5):  # uvicorn's own limit is 5 seconds
            time.sleep(pause)
            for connection in kept:
                connection.request("GET", "/alive")
                assert connection.getresponse().read() == b'{"status":"ok"}'
                assert connection.sock is not None, "the service says that it will close"
                connection.auto_open = 0  # from now on this one connection, or none
    finally:
        for connection in kept:
            connection.close()
        for process in processes:
            process.kill()
            process.communicate()
