"""``poll-logs`` and ``process-logs``."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from giftpulse.ground.database import Database
from giftpulse.logs.models import LogEntry
from giftpulse.simulator import RunningSimulator
from tests.cli.terminal import error_of, run, told

RULE = '[{"name": "Unreachable", "pattern_type": "error_code", "pattern_value": "30003"}]'


def test_each_resource_says_what_it_brought(twilio: RunningSimulator, stored: Database) -> None:
    twilio.add_messages(30)
    twilio.add_calls(4)
    rows = {row["resource"]: row for row in told("poll-logs")}
    assert set(rows) == {"message", "call", "alert"}
    assert rows["message"]["new"] == 30
    assert rows["call"]["new"] == 4
    assert rows["message"]["rejected"] == 0
    again = {row["resource"]: row for row in told("poll-logs")}
    assert again["message"]["new"] == 0
    assert again["message"]["unchanged"] == 30
    with stored.read() as session:
        assert session.scalar(select(func.count()).select_from(LogEntry)) == 34


def test_one_resource_that_fails_stops_no_other_and_is_exit_code_1(twilio: RunningSimulator) -> None:
    twilio.add_messages(3)
    twilio.order("unauthorized", times=0, path="Alerts")
    rows = {row["resource"]: row for row in told("poll-logs", exit_code=1)}
    assert "20003" in rows["alert"]["error"]
    assert rows["message"]["error"] is None
    assert rows["message"]["new"] == 3
    result = run("poll-logs")
    assert result.exit_code == 1
    assert "20003" in result.stdout


def test_since_looks_further_back_than_the_first_poll(twilio: RunningSimulator) -> None:
    now = twilio.do(lambda simulator: simulator.world.schedule.now())
    twilio.add_messages(2, first=now.replace(year=now.year - 1), last=now.replace(year=now.year - 1))
    told("poll-logs")
    rows = told("poll-logs", "--since", f"{now.year - 2}-01-31")
    assert sum(row["new"] + row["unchanged"] for row in rows) == 2


@pytest.mark.parametrize("since", ["tomorrow", "2999-01-01", "3 days", "99999999d", "999999w", ""])
def test_a_since_that_is_none_is_refused(twilio: RunningSimulator, since: str) -> None:
    assert "--since" in error_of("poll-logs", "--since", since)


def test_without_an_account_it_says_what_is_missing(site: Path) -> None:
    assert "TWILIO_ACCOUNT_SID" in error_of("poll-logs")


def test_processing_matches_everything_that_is_owed(twilio: RunningSimulator) -> None:
    assert run("rules", "import", "-", typing=RULE).exit_code == 0
    twilio.add_messages(5, error_code=30003)
    twilio.add_messages(5, status="delivered")
    told("poll-logs")
    done = told("process-logs")
    assert done["changes"] == 10
    assert done["matches"] == 5
    assert done["alerts_opened"] == 1
    assert done["batches_still_owed"] == 0
    assert done["notifications_waiting"] == 0
    again = run("process-logs")
    assert again.exit_code == 0
    assert "matches                0" in again.stdout
