"""Traces of processes of their own: what is left is handed over at the end; what is missing is said at the start."""

import json
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from giftpulse.ground import otlp, settings
from giftpulse.worker.check import check
from tests.cli.terminal import error_of, get, run, spawn, told, wait_for
from tests.collector import collecting

NOWHERE = "http://127.0.0.1:9"
_PATIENCE = 15.0


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("run", "pull"), ("round pull", "twilio GET")),
        (("run", "resolve"), ("round resolve",)),
        (("poll-logs",), ("twilio GET",)),
        (("process-messages",), ()),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("twilio")
def test_a_command_hands_over_its_spans_before_it_ends(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], names: tuple[str, ...]
) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        assert run(*words).exit_code == 0
        assert {span.name for span in collector.spans} == set(names)


def wait_until_run(base: str, rounds: set[str]) -> None:
    """Until each of these rounds has run."""
    deadline = time.monotonic() + _PATIENCE
    while not rounds <= {name for name, each in get(f"{base}/health")["rounds"].items() if each["last_run_at"]}:
        assert time.monotonic() < deadline, "some rounds did not run"
        time.sleep(0.05)


@pytest.mark.usefixtures("twilio")
def test_a_service_tells_of_itself_to_the_last(site: Path) -> None:
    with collecting() as collector:
        # So long that nothing goes before the end.
        slow = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        process = spawn(site, "up", "--port", "0", **slow)
        try:
            base = re.findall(r"http://\S+:\d+", wait_for(site / "stderr.txt", "GiftPulse at", process))[0]
            wait_until_run(base, {"pull", "watch", "cleanup"})
            assert get(f"{base}/alive")
            process.send_signal(signal.SIGTERM)
            assert process.wait(_PATIENCE) == 0
        finally:
            process.kill()
            process.communicate()
        names = {span.name for span in collector.spans}
    assert {"GET /alive", "round pull", "round watch", "round cleanup"} <= names


@pytest.mark.usefixtures("twilio")
def test_a_collector_that_is_away_costs_a_command_two_seconds_and_two_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", NOWHERE)
    began = time.monotonic()
    ran = run("run", "resolve")
    assert time.monotonic() - began < otlp.FLUSHED_WITHIN + 3.0
    assert ran.exit_code == 0
    assert "resolve: done" in ran.stdout
    first, last = (json.loads(line) for line in ran.stderr.splitlines())
    assert "Connection refused" in first["message"]
    assert "given up" in last["message"]


def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it was not installed, while the API of OpenTelemetry is there, as FastAPI brings it along."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", NOWHERE)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.delitem(sys.modules, "giftpulse.ground.otlp")


@pytest.mark.usefixtures("twilio")
def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_extra(monkeypatch)
    for command in (("up", "--port", "0"), ("web", "--port", "0"), ("run", "pull"), ("process-messages",)):
        said = error_of(*command)
        assert said.startswith("Error: OTEL_EXPORTER_OTLP_ENDPOINT: ")
        assert "pip install 'giftpulse[traces]'" in said


def test_without_the_extra_celerys_own_command_does_not_start_either(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_extra(monkeypatch)
    loaded = settings.load(_env_file=None, database_url=postgres_url, redis_url="redis://127.0.0.1:9/0")
    with pytest.raises(SystemExit, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        check(loaded)


def finding() -> dict[str, str]:
    """What the doctor finds; that a monitor without rules tells nobody is no matter here."""
    findings: list[dict[str, str]] = told("doctor")["findings"]
    (found,) = [one for one in findings if one["check"] == "Collector of traces"]
    return found


@pytest.mark.usefixtures("twilio")
def test_the_doctor_asks_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    assert finding()["state"] == "ok"
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        assert "takes traces" in finding()["says"]
        assert collector.spans == []
        collector.receiver.answer = lambda _request: 401
        refused = finding()
        assert refused["state"] == "warn"
        assert "401" in refused["says"]


@pytest.mark.usefixtures("twilio")
def test_the_doctor_knows_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_extra(monkeypatch)
    (found,) = [one for one in told("doctor", exit_code=1)["findings"] if one["check"] == "Collector of traces"]
    assert found["state"] == "fail"
    assert "pip install 'giftpulse[traces]'" in found["says"]
