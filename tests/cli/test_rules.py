"""``rules``: out, in, and tried."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse.cli import dry_match
from giftpulse.ground.database import Database
from giftpulse.logs.models import LogOwed
from giftpulse.monitor.alerts.models import Alert
from giftpulse.monitor.rules import builtin
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.store import written
from giftpulse.simulator import RunningSimulator
from tests.cli.terminal import error_of, run, told
from tests.make import NOON

SHORT = {"name": "Unreachable", "log_type": "message", "pattern_type": "error_code", "pattern_value": "30003,30005"}
FULL: dict[str, Any] = {
    "name": "Many are blocked",
    "severity": "critical",
    "enabled": False,
    "condition": {"all": [{"field": "kind", "op": "eq", "value": "message"},
                          {"not": {"field": "to", "op": "prefix", "value": "+44"}}]},
    "trigger": {"type": "threshold", "count": 10, "within": "5m", "group_by": ["messaging_service_sid"]},
}  # fmt: skip
BAD = {"name": "Odd", "pattern_type": "regex", "pattern_value": "(", "colour": "red"}


def _bring(*rules: object, exit_code: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told("rules", "import", "-", typing=json.dumps(rules), exit_code=exit_code)
    return found


def _versions(stored: Database) -> dict[str, int]:
    with stored.read() as session:
        return {rule.name: rule.version for rule in session.scalars(select(Rule).order_by(Rule.id))}


def test_rules_go_out_and_come_back_as_they_were(site: Path, stored: Database) -> None:
    assert [one["result"] for one in _bring(SHORT, FULL)] == ["created", "created"]
    assert run("rules", "export", "rules.json").exit_code == 0
    first = json.loads((site / "rules.json").read_text())
    assert first[0] == SHORT
    assert first[1].items() >= {"name": FULL["name"], "trigger": FULL["trigger"]}.items()
    with stored.begin() as session:
        for rule in session.scalars(select(Rule)):
            session.delete(rule)
    assert run("rules", "import", "rules.json").exit_code == 0
    assert json.loads(run("rules", "export", "-").stdout) == first


def test_the_same_again_changes_nothing_and_a_change_changes_one(site: Path, stored: Database) -> None:
    _bring(SHORT, FULL)
    assert [one["result"] for one in _bring(SHORT, FULL)] == ["unchanged", "unchanged"]
    assert _versions(stored) == {"Unreachable": 1, "Many are blocked": 1}
    changed = {**SHORT, "pattern_value": "30003"}
    assert [one["result"] for one in _bring(changed, FULL)] == ["changed", "unchanged"]
    assert _versions(stored) == {"Unreachable": 2, "Many are blocked": 1}


def test_rules_of_one_name_are_told_apart_by_their_order(site: Path) -> None:
    _bring(SHORT, {**SHORT, "pattern_value": "30007"})
    exported = run("rules", "export", "-").stdout
    again = told("rules", "import", "-", typing=exported)
    assert [one["result"] for one in again] == ["unchanged", "unchanged"]
    assert run("rules", "export", "-").stdout == exported


def test_good_rules_come_in_and_bad_ones_are_told_each(site: Path, stored: Database) -> None:
    done = _bring(SHORT, BAD, "a text", {}, FULL, exit_code=1)
    assert [one["result"] for one in done] == ["created", "refused", "refused", "refused", "created"]
    assert [one["index"] for one in done] == [0, 1, 2, 3, 4]
    assert done[1]["name"] == "Odd"
    assert "pattern_value" in done[1]["error"]
    assert "colour" in done[1]["error"]
    assert "name" in done[3]["error"]
    assert set(_versions(stored)) == {"Unreachable", "Many are blocked"}
    result = run("rules", "import", "-", typing=json.dumps([BAD]))
    assert result.exit_code == 1
    assert "Odd" in result.stdout
    assert "refused" in result.stdout


def test_one_rule_by_itself_is_taken(site: Path) -> None:
    assert [one["result"] for one in told("rules", "import", "-", typing=json.dumps(SHORT))] == ["created"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1,", b"\xff\xfe", b"[" * 100_000, b"3", b'"rules"', b"null"])
def test_a_file_that_is_no_list_of_rules_is_refused(site: Path, content: bytes) -> None:
    (site / "rules.json").write_bytes(content)
    assert "rules.json" in error_of("rules", "import", "rules.json")
    assert "rules.json" in error_of("rules", "test", "rules.json")


def test_places_that_cannot_be_read_or_written_are_told(site: Path) -> None:
    assert "nowhere.json" in error_of("rules", "import", "nowhere.json")
    assert "cannot be read" in error_of("rules", "test", str(site))
    assert "cannot be written" in error_of("rules", "export", "no/such/directory/rules.json")


def test_a_byte_order_mark_is_no_fault(site: Path) -> None:
    (site / "rules.json").write_bytes(b"\xef\xbb\xbf" + json.dumps([SHORT]).encode())
    assert run("rules", "import", "rules.json").exit_code == 0


def test_trying_rules_counts_and_does_nothing_else(
    twilio: RunningSimulator, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_match, "_AT_ONCE", 10)  # several times as many, and an end that is none of theirs
    twilio.add_messages(40, status="delivered", body="Thank you")
    failed = twilio.add_messages(7, error_code=30003)
    told("poll-logs")
    regex = {"name": "Thanks", "pattern_type": "regex", "pattern_value": "(?i)thank"}
    body = {"name": "Thanks", "condition": {"field": "body", "op": "regex", "value": "(?i)thank"}}
    found = told("rules", "test", "-", typing=json.dumps([SHORT, body, regex]))
    assert found["logs"] == 47
    assert [rule["matches"] for rule in found["rules"]][:2] == [7, 40]
    assert found["rules"][0]["newest_sid"] in failed
    assert told("rules", "test", "-", "--last", "20", typing=json.dumps([SHORT]))["logs"] == 20
    few = told("rules", "test", "-", "--last", "5", typing=json.dumps([SHORT, body]))
    assert few["logs"] == 5
    assert sum(rule["matches"] for rule in few["rules"]) == 5
    with stored.read() as session:
        assert session.scalars(written()).all() == []
        assert session.scalars(select(Alert)).all() == []
        assert len(session.scalars(select(LogOwed)).all()) > 0  # nothing was taken from the real rules


def test_trying_says_which_rules_are_at_fault(site: Path) -> None:
    found = told("rules", "test", "-", typing=json.dumps([SHORT, BAD, 7]), exit_code=1)
    assert [rule["matches"] for rule in found["rules"]] == [0, None, None]
    assert "pattern_value" in found["rules"][1]["error"]
    result = run("rules", "test", "-", typing=json.dumps([SHORT]))
    assert result.exit_code == 0
    assert "Unreachable" in result.stdout


def test_the_built_in_rule_goes_neither_out_nor_in(site: Path, stored: Database) -> None:
    with stored.begin() as session:
        builtin.plant(session, NOON)
    _bring(SHORT)
    exported = json.loads(run("rules", "export", "-").stdout)
    assert [rule["name"] for rule in exported] == ["Unreachable"]
    assert _bring({**SHORT, "name": "GiftPulse is blind"})[0]["result"] == "created"
    with stored.read() as session:
        assert session.get_one(Rule, builtin.BLIND_ID).version == 1
