"""``check-message`` and ``test-message``."""

from pathlib import Path

import pytest
from sqlalchemy import select

from giftpulse.ground.database import Database
from giftpulse.logs.models import LogChange, LogEntry, LogOwed
from giftpulse.simulator import MARKETING, RunningSimulator
from tests.cli.terminal import error_of, point_at, run, told

TO = "+12025550143"


def _only(twilio: RunningSimulator, **properties: object) -> str:
    return twilio.add_messages(1, to=TO, **properties)[0]


def test_a_failed_message_is_explained(twilio: RunningSimulator) -> None:
    sid = _only(twilio, error_code=30003, body="Hello [bold]there[/] :smile: \x1b[31m")
    result = run("check-message", sid)
    assert result.exit_code == 0
    said = {line.split("  ")[0]: line for line in result.stdout.splitlines()}
    assert "undelivered" in said["status"]
    assert "30003: " in said["error"]
    assert "https://www.twilio.com/docs/api/errors/30003" in said["error"]
    assert len(said["next step"].split(maxsplit=2)[2]) > 10
    assert TO in said["to"]  # what was asked for is not masked
    assert "Hello [bold]there[/] :smile: \\x1b[31m" in said["body"]  # and steers no terminal
    assert "\x1b" not in result.stdout


def test_json_has_the_record_the_history_and_the_step(twilio: RunningSimulator) -> None:
    sid = _only(twilio, error_code=30003)
    found = told("check-message", sid)
    assert found["twilio_sid"] == sid
    assert found["error"]["code"] == 30003
    assert found["next_step"] == found["error"]["action"]
    assert found["twilio"] == "asked just now"
    assert [change["status_after"] for change in found["changes"]] == ["undelivered"]
    assert found["raw_data"]["sid"] == sid


def test_a_status_that_moved_on_is_fetched_and_is_news(twilio: RunningSimulator, stored: Database) -> None:
    sid = _only(twilio, status="sent")
    told("run", "pull")
    assert "Wait" in told("check-message", sid, "--offline")["next_step"]
    twilio.force(sid, "undelivered", 30005)
    stale = told("check-message", sid, "--offline")
    assert (stale["status"], stale["twilio"]) == ("sent", "not asked")
    found = told("check-message", sid)
    assert [(c["status_before"], c["status_after"], c["source"]) for c in found["changes"]] == [
        (None, "sent", "poll"),
        ("sent", "undelivered", "chase"),
    ]
    with stored.read() as session:
        assert (
            len(session.scalars(select(LogOwed).where(LogOwed.reader == "match")).all()) == 2
        )  # the rules hear of both


def test_a_delivered_message_needs_nothing(twilio: RunningSimulator) -> None:
    assert "Nothing" in told("check-message", _only(twilio, status="delivered"))["next_step"]


def test_a_failure_without_a_code_sends_to_the_console(twilio: RunningSimulator) -> None:
    assert "console" in told("check-message", _only(twilio, status="failed"))["next_step"]


def test_an_alert_about_a_message_is_shown_beside_it(twilio: RunningSimulator) -> None:
    sid = _only(twilio, status="delivered")
    twilio.alert(11200, sid)
    told("poll-logs")
    result = run("check-message", sid)
    assert "see also alert NO" in result.stdout
    assert "11200" in result.stdout


def test_calls_can_be_checked_too(twilio: RunningSimulator) -> None:
    sid = twilio.add_calls(1)[0]
    assert told("check-message", sid)["log_type"] == "call"


@pytest.mark.parametrize("sid", ["", "SM123", "XX" + "0" * 32, "SM" + "g" * 32, "SM" + "0" * 33, "'; DROP TABLE"])
def test_what_is_no_sid_is_refused(twilio: RunningSimulator, sid: str) -> None:
    assert "SID" in error_of("check-message", sid)


def test_an_unknown_message_is_told(twilio: RunningSimulator) -> None:
    said = error_of("check-message", "SM" + "0" * 32)
    assert "there is no message" in said
    assert "does not know" in said


def test_without_an_account_the_record_answers(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    sid = _only(twilio)
    told("poll-logs")
    for name in point_at(twilio):
        monkeypatch.delenv(name)
    assert "not set" in told("check-message", sid)["twilio"]
    assert "not set" in error_of("check-message", "SM" + "0" * 32)


def test_a_twilio_that_refuses_is_told_and_the_record_shown(twilio: RunningSimulator) -> None:
    sid = _only(twilio)
    told("poll-logs")
    twilio.order("unauthorized", times=0)
    result = run("check-message", sid)
    assert result.exit_code == 0
    assert "20003" in result.stderr
    assert sid in result.stdout
    assert "20003" in error_of("check-message", "SM" + "0" * 32)


def test_one_message_is_sent_and_kept(
    twilio: RunningSimulator, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    monkeypatch.setenv("PUBLIC_URL", "https://pulse.example.org")
    sent = told("test-message", "(202) 555-0143", "A gift for you")  # read as a number of our sender's country
    assert sent["to"] == TO
    assert sent["from"] == "+12065550111"
    assert str(sent["segments"]) == "1"
    assert sent["price"] == "not known yet"
    message = twilio.do(lambda s: s.world.account().messages.get(sent["sid"]))
    assert message is not None
    assert message.body == "A gift for you"
    assert message.callback == "https://pulse.example.org/webhook/status"
    with stored.read() as session:
        entry = session.scalars(select(LogEntry)).one()
        assert (entry.sid, entry.to, entry.status) == (sent["sid"], TO, "queued")
        assert session.scalars(select(LogChange.source)).all() == ["sent"]
    assert twilio.state()["counts"]["messages created"] == 1


def test_a_messaging_service_may_send(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_MESSAGING_SERVICE_SID", MARKETING)
    result = run("test-message", TO, "Hello")
    assert result.exit_code == 0
    assert "not counted yet" in result.stdout
    assert "check-message SM" in result.stdout


def test_a_refusal_is_explained_and_nothing_is_kept(
    twilio: RunningSimulator, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    said = error_of("test-message", "+15005550004", "Hello")
    assert "21610" in said
    assert "https://www.twilio.com/docs/api/errors/21610" in said
    with stored.read() as session:
        assert session.scalars(select(LogEntry)).all() == []


def test_a_lost_answer_warns_and_is_not_repeated(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    twilio.order("drop_after", method="POST")
    assert "may have been sent" in error_of("test-message", TO, "Hello")
    assert twilio.state()["counts"]["messages created"] == 1


@pytest.mark.parametrize(("to", "body", "words"), [("12345", "Hi", "TO"), ("nobody", "Hi", "TO"), (TO, " \n", "BODY")])
def test_what_cannot_be_sent_is_refused(
    twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch, to: str, body: str, words: str
) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    assert words in error_of("test-message", to, body)
    assert twilio.state()["counts"].get("messages created", 0) == 0


def test_without_a_sender_or_an_account_it_says_so(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "TWILIO_FROM_NUMBER" in error_of("test-message", TO, "Hello")
    for name in point_at(twilio):
        monkeypatch.delenv(name)
    assert "TWILIO_ACCOUNT_SID" in error_of("test-message", TO, "Hello")


def test_numbers_are_masked_in_the_log_only(
    twilio: RunningSimulator, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    result = run("test-message", TO, "Hello")
    assert TO in result.stdout
    assert TO not in result.stderr
