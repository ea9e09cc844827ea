"""``doctor``: each trouble is found, told apart and told how to mend."""

import json
import os
import threading
import zoneinfo
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from giftpulse import timetable
from giftpulse.doctor import outside
from giftpulse.doctor.examine import attempt
from giftpulse.doctor.finding import Finding
from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import open_site
from giftpulse.logs import store
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.rules.models import Rule
from giftpulse.simulator import RunningSimulator
from giftpulse.timetable import ROUNDS
from tests.cli.terminal import run, told
from tests.service import serving

RULE = json.dumps([{"name": "Unreachable", "pattern_type": "error_code", "pattern_value": "30003"}])


def findings(exit_code: int | None = None) -> dict[str, dict[str, Any]]:
    result = run("doctor", "--json")
    report = json.loads(result.stdout)
    states = [one["state"] for one in report["findings"]]
    worst = "fail" if "fail" in states else "warn" if "warn" in states else "ok"
    assert report["status"] == worst
    assert result.exit_code == (1 if worst == "fail" else 0)
    assert exit_code is None or result.exit_code == exit_code
    assert all(one["mend"] for one in report["findings"] if one["state"] != "ok")
    return {one["check"]: one for one in report["findings"]}


def _action(kind: str = "webhook", **variables: str) -> None:
    site = open_site(load(**variables))
    config = {"recipients": ["ops@example.org"]} if kind == "email" else {"url": "https://93.184.216.34/hook"}
    data = {"name": "ops", "action_type": kind, "enabled": True, "config": config}
    with site.database.begin() as session:
        actions.create(session, site, data, clock.now())
    site.close()


def test_a_fresh_directory_is_left_as_it_is(home: Path) -> None:
    found = findings(exit_code=1)
    assert found["Twilio account"]["state"] == "fail"
    assert found["Database"]["state"] == "fail"
    assert "giftpulse up" in found["Database"]["mend"]
    assert list(home.iterdir()) == []


def test_all_is_well_where_all_is_well(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    run("rules", "import", "-", typing=RULE)
    _action()
    for each in ROUNDS:
        run("run", each.name)
    found = findings(exit_code=0)
    assert {name for name, one in found.items() if one["state"] != "ok"} == {"PUBLIC_URL"}
    result = run("doctor")
    assert result.exit_code == 0
    assert len([line for line in result.stdout.splitlines() if line.startswith("ok ")]) == len(found) - 1


def test_every_wrong_setting_is_a_finding(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", "many")
    monkeypatch.setenv("PUBLIC_URL", "pulse")
    report = told("doctor", exit_code=1)
    assert [one["state"] for one in report["findings"]] == ["fail", "fail"]
    assert {one["says"].split(":")[0] for one in report["findings"]} == {"SMTP_PORT", "PUBLIC_URL"}


def test_a_token_that_is_refused_is_told_by_resource(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    twilio.order("unauthorized", times=0, path="Alerts")
    found = findings(exit_code=1)
    assert found["Twilio: messages"]["state"] == found["Twilio: calls"]["state"] == "ok"
    assert "20003" in found["Twilio: alerts"]["says"]
    assert "TWILIO_AUTH_TOKEN" in found["Twilio: alerts"]["mend"]
    monkeypatch.setenv("TWILIO_API_KEY_SID", "SK" + "0" * 32)
    monkeypatch.setenv("TWILIO_API_KEY_SECRET", "not the secret")
    found = findings(exit_code=1)
    assert "/twilio/messaging/messages/list" in found["Twilio: messages"]["mend"]
    assert "/twilio/voice/calls/list" in found["Twilio: calls"]["mend"]
    assert "/twilio/monitor/alerts/list" in found["Twilio: alerts"]["mend"]


def test_one_wrong_401_of_the_edge_is_no_finding(twilio: RunningSimulator) -> None:
    twilio.order("unauthorized", times=1, path="Calls")
    assert findings()["Twilio: calls"]["state"] == "ok"


def test_troubles_of_twilio_are_no_fault_of_ours(twilio: RunningSimulator) -> None:
    twilio.order("error_before", times=0, path="Calls", status=503)
    assert findings()["Twilio: calls"]["state"] == "warn"


def test_a_twilio_that_is_not_there_is_told(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_MONITOR_URL", "http://127.0.0.1:1")
    found = findings(exit_code=1)
    assert "TWILIO_MONITOR_URL" in found["Twilio: alerts"]["mend"]
    assert found["Twilio: calls"]["state"] == "ok"


@pytest.mark.parametrize(("shift", "state", "word"), [(-90, "warn", "behind"), (90, "warn", "ahead"), (10, "ok", "")])
def test_a_clock_that_is_wrong_is_told(twilio: RunningSimulator, shift: int, state: str, word: str) -> None:
    with clock.stopped(clock.now() + timedelta(seconds=shift)):
        finding = outside.clock_skew(load())
    assert finding.state == state
    assert word in finding.says


def test_a_key_file_that_is_gone_is_told(site: Path) -> None:
    run("rounds")
    with closing(open_site(load())) as opened:
        timetable.enrol(opened)  # as a first start does, which lays a key down
    assert findings()["Key of stored secrets"]["state"] == "ok"
    (site / "giftpulse.db.key").unlink()
    found = findings()["Key of stored secrets"]
    assert found["state"] == "fail"
    assert "giftpulse.db.key is missing" in found["says"]
    assert "keys renew --yes" in found["mend"]


def test_a_file_of_settings_that_others_can_read_is_told(site: Path) -> None:
    assert "no .env" in findings()["File of settings"]["says"]
    file = site / ".env"
    file.write_text("LOG_LEVEL=INFO\n")
    file.chmod(0o644)
    found = findings()["File of settings"]
    assert (found["state"], found["mend"]) == ("warn", "chmod 600 .env")
    file.chmod(0o600)
    assert findings()["File of settings"]["state"] == "ok"


def test_a_key_that_others_can_read_is_told(site: Path) -> None:
    run("rounds")
    key = site / "giftpulse.db.key"
    key.chmod(0o644)
    found = findings()["Key of stored secrets"]
    assert found["state"] == "fail"
    assert "chmod 600" in found["mend"]


def test_secrets_under_another_key_are_told(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the first key of this site, long enough")
    _action()
    assert findings()["Stored secrets"]["state"] == "ok"
    monkeypatch.setenv("SECRET_KEY", "another key of this site, long enough")
    found = findings(exit_code=1)["Stored secrets"]
    assert found["state"] == "fail"
    assert "ops (id 1)" in found["says"]
    assert "SECRET_KEY_PREVIOUS" in found["mend"]
    assert "giftpulse keys renew" in found["mend"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_cannot_be_written_to_is_told(site: Path) -> None:
    (site / "giftpulse.db").chmod(0o400)
    assert findings()["Database file"]["state"] == "fail"


def test_a_database_of_another_schema_is_told_and_the_rest_left_out(site: Path, stored: Database) -> None:
    with stored.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    found = findings(exit_code=1)
    assert "db upgrade" in found["Database"]["mend"]
    assert "Rounds" not in found


def test_a_server_that_does_not_answer_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:a-password-of-ours@127.0.0.1:1/nowhere")
    assert "SECRET_KEY" in findings(exit_code=1)["Installation"]["says"]
    monkeypatch.setenv("SECRET_KEY", "a key for tests, long enough for it")
    found = findings(exit_code=1)
    assert "does not answer" in found["Database"]["says"]
    assert "a-password-of-ours" not in json.dumps(found)


def test_rounds_that_do_not_run_are_told(site: Path, stored: Database) -> None:
    assert "Never run yet: pull" in findings()["Rounds"]["says"]
    for each in ROUNDS:
        run("run", each.name)
    assert findings()["Rounds"]["state"] == "ok"
    with stored.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE round_runs SET last_run_at = '2026-01-01T00:00:00.000000+00:00'")
    found = findings(exit_code=1)["Rounds"]
    assert found["state"] == "fail"
    assert "'pull' has not run" in found["says"]


def test_a_copy_that_is_held_is_told_once_and_how_to_go_on(
    site: Path, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ROUNDS:
        run("run", each.name)
    run("seed")
    assert findings()["Texts"]["state"] == "ok"
    assert run("db", "copied").exit_code == 0
    opened = open_site(load())
    with serving(opened) as served:
        assert served.call("GET", "/health")[0] == 503
        monkeypatch.setenv("PUBLIC_URL", served.url)
        found = findings(exit_code=1)
    opened.close()
    assert [name for name, one in found.items() if "all texts are held" in one["says"].lower()] == ["Texts"]
    assert "/resume" in found["Texts"]["mend"]
    assert "the other service has ended" in found["Texts"]["mend"]
    assert found["Rounds"]["state"] == found["Reachable at PUBLIC_URL"]["state"] == "ok"


def test_rules_that_nobody_hears_of_and_that_are_silent_or_broken(site: Path, stored: Database) -> None:
    assert "No rule" in findings()["Rules"]["says"]
    run("rules", "import", "-", typing=RULE)
    found = findings()
    assert found["Rules"]["state"] == found["Rules that match nothing"]["state"] == "ok"
    assert "'Unreachable'" in found["Rules without an action"]["says"]
    with stored.begin() as session:
        long_ago = clock.now() - timedelta(days=31)
        session.execute(update(Rule).values(created_at=long_ago, broken="a field that is gone"))
    _action()
    found = findings(exit_code=1)
    assert found["Rules without an action"]["state"] == "ok"
    assert "'Unreachable'" in found["Rules that match nothing"]["says"]
    assert "a field that is gone" in found["Broken rules"]["says"]


def test_records_that_could_not_be_read_are_told(site: Path, stored: Database) -> None:
    with stored.begin() as session:
        store.reject(session, b"{}", "a record without a sid", "poll", clock.now())
    found = findings()["Rejected records"]
    assert found["state"] == "warn"
    assert "a record without a sid" in found["says"]


def test_mail_actions_without_a_mail_server_are_told(site: Path) -> None:
    _action("email")
    assert findings()["E-mail actions"]["state"] == "fail"


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_who_answers_at_the_public_address_is_told() -> None:
    assert outside.public_url(load()).state == "warn"
    assert outside.public_url(load(public_url="https://pulse.example.org")).state == "ok"
    assert "in the clear" in outside.public_url(load(public_url="http://pulse.example.org")).says
    with _answering(200, b"<html>It works!</html>") as url:
        assert "not with our health" in outside.reachable(load(public_url=url)).says
    with _answering(503, b'{"status": "failing", "problems": ["the round \'pull\' failed"]}') as url:
        finding = outside.reachable(load(public_url=url))
    assert finding.state == "warn"
    assert "'pull' failed" in finding.says
    gone = outside.reachable(load(public_url=url))
    assert gone.state == "fail"
    assert "does not answer" in gone.says


def test_zones_from_the_machine_are_told(home: Path) -> None:
    try:
        zoneinfo.reset_tzpath(["/usr/share/zoneinfo"])
        assert findings()["Time zones"]["state"] == "fail"
    finally:
        zoneinfo.reset_tzpath([])
    assert findings()["Time zones"]["state"] == "ok"


def test_a_check_that_fails_itself_is_a_finding() -> None:
    def odd_check(_settings: Settings) -> Finding:
        raise KeyError("nobody thought of this")

    found = attempt(odd_check, load())
    assert found.state == "fail"
    assert "nobody thought of this" in found.says
