"""``backfill``: whole, resumable, silent to the rules."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.logs.models import LogChange, LogEntry, LogOwed
from giftpulse.simulator import RunningSimulator
from tests.cli.terminal import error_of, run, told


def _count(stored: Database, table: type) -> int:
    with stored.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _history(twilio: RunningSimulator, number: int) -> None:
    now = clock.now()
    twilio.add_messages(number, first=now - timedelta(days=5), last=now - timedelta(hours=1))


def test_history_comes_whole_and_is_owed_to_nobody(twilio: RunningSimulator, stored: Database) -> None:
    _history(twilio, 2500)
    rows = {row["resource"]: row for row in told("backfill", "--since", "6d")}
    assert rows["message"]["records"] == 2500
    assert rows["message"]["reached"].endswith("T00:00:00+00:00")
    assert _count(stored, LogEntry) == 2500
    assert _count(stored, LogOwed) == 0


def test_each_page_is_a_line_where_nobody_watches(twilio: RunningSimulator) -> None:
    _history(twilio, 2500)
    result = run("backfill", "--since", "6d")
    lines = [line for line in result.stderr.splitlines() if line.startswith("messages:")]
    assert len(lines) == 3
    assert "1000 records" in lines[0]
    shares = [int(re.findall(r"(\d+) %", line)[0]) for line in lines]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert "2500" in result.stdout


def test_a_broken_backfill_goes_on_where_it_was(twilio: RunningSimulator, stored: Database) -> None:
    _history(twilio, 2500)
    twilio.order("unauthorized", times=0, path="Messages", after=1)
    said = error_of("backfill", "--since", "6d")
    assert "again to go on" in said
    assert "20003" in said
    assert _count(stored, LogEntry) == 1000
    twilio.clear_faults()
    result = run("backfill", "--since", "6d")
    lines = [line for line in result.stderr.splitlines() if line.startswith("messages:")]
    assert len(lines) == 2  # not the first page again
    assert _count(stored, LogEntry) == _count(stored, LogChange) == 2500
    assert {row["resource"]: row["records"] for row in told("backfill", "--since", "6d")}["message"] == 2500


def test_it_needs_a_since_and_an_account(site: Path) -> None:
    assert run("backfill").exit_code == 2
    assert "TWILIO_ACCOUNT_SID" in error_of("backfill", "--since", "3d")
    assert "--since" in error_of("backfill", "--since", "soon")


def test_a_terminal_sees_a_bar_for_each_resource(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    _history(twilio, 1500)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    for _ in range(2):  # the second time, all is there already
        result = run("backfill", "--since", "6d")
        assert result.exit_code == 0
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", result.stderr)
        last = {line.split()[0]: line for line in shown.splitlines() if " records, back to " in line}
        assert set(last) == {"messages", "calls", "alerts"}
        assert "100 %" in last["messages"]
        assert "1,500 records" in last["messages"]


def test_whole_days_name_a_backfill(twilio: RunningSimulator) -> None:
    told("backfill", "--since", "2d")
    assert run("backfill", "--since", "2d").stderr == ""  # finished already, so no page is fetched
