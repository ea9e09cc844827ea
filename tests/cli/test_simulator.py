"""``simulator`` as a process of its own, used by the settings that it prints."""

import json
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.cli.terminal import spawn, told


def test_what_it_prints_is_all_that_is_needed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = spawn(site, "simulator", "--port", "0", "--speed", "50", "--traffic", "100", "--seed", "7")
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        for name, value in (line.split("=", 1) for line in lines):
            monkeypatch.setenv(name, value)
        assert re.fullmatch(r"TWILIO_API_URL=http://127\.0\.0\.1:[1-9]\d*", lines[0])
        rows = {row["resource"]: row for row in told("poll-logs")}
        assert all(row["error"] is None for row in rows.values())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_its_settings_as_json_and_webhooks_to_come(site: Path) -> None:
    process = spawn(site, "simulator", "--port", "0", "--json", "--webhooks", "http://127.0.0.1:1/")
    try:
        process.send_signal(0)
        assert process.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        assert json.loads(text).keys() == {
            "TWILIO_API_URL", "TWILIO_MONITOR_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
        }  # fmt: skip
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_port_that_is_taken_is_told(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("simulator", "up"):
            process = spawn(site, command, "--port", port)
            assert process.wait(30) == 1
            said = (site / "stderr.txt").read_text()
            assert f"--port {port}: cannot listen there" in said
            assert "choose another with --port" in said
            assert "Unclosed" not in said
            process.communicate()
