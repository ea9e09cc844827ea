"""``run`` and ``rounds``."""

from pathlib import Path

import pytest

from giftpulse.ground.database import Database
from giftpulse.logs.models import LogReader
from giftpulse.simulator import RunningSimulator
from giftpulse.timetable import ROUNDS
from tests.cli.terminal import error_of, run, told


def test_rounds_are_listed_before_and_after_they_run(site: Path) -> None:
    before = told("rounds")
    assert [row["round"] for row in before] == [each.name for each in ROUNDS]
    assert all(row["last_run_at"] is None and row["lag_seconds"] is None for row in before)
    assert told("run", "cleanup") | {"seconds": 0} == {"round": "cleanup", "steps": 1, "seconds": 0, "more": False}
    after = {row["round"]: row for row in told("rounds")}
    assert after["cleanup"]["last_success_at"] == after["cleanup"]["last_run_at"]
    assert 0 <= after["cleanup"]["lag_seconds"] < 60
    assert after["watch"]["last_run_at"] is None


def test_rounds_as_a_table(site: Path) -> None:
    lines = run("rounds").stdout.splitlines()
    assert lines[0].split()[0] == "round"
    assert len(lines) == 1 + len(ROUNDS)
    assert "never" in lines[1]


def test_an_unknown_round_is_refused_with_the_known_ones(site: Path) -> None:
    said = error_of("run", "dance")
    assert "dance" in said
    assert all(each.name in said for each in ROUNDS)


def test_what_was_pulled_is_matched_by_the_next_round(twilio: RunningSimulator, stored: Database) -> None:
    twilio.add_messages(5)
    assert "done" in run("run", "pull").stdout
    with stored.read() as session:
        assert session.get(LogReader, "match") is not None  # so the pull is owed to the rules
    assert told("run", "watch") | {"seconds": 0} == {"round": "watch", "steps": 1, "seconds": 0, "more": True}
    assert told("run", "watch")["more"] is False


def test_drain_goes_on_until_nothing_waits(twilio: RunningSimulator) -> None:
    twilio.add_messages(5)
    told("run", "pull")
    done = told("run", "watch", "--drain")
    assert done["steps"] == 2
    assert done["more"] is False


def test_a_round_that_fails_is_noted_and_told(site: Path, stored: Database) -> None:
    with stored.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE silences")
    said = error_of("run", "cleanup")
    assert "the round 'cleanup' failed" in said
    assert "silences" in said
    row = next(row for row in told("rounds") if row["round"] == "cleanup")
    assert row["failures"] == 1
    assert "silences" in row["last_error"]
    assert "silences" in run("rounds").stdout


@pytest.mark.parametrize("name", [each.name for each in ROUNDS])
def test_every_round_runs_without_an_account(site: Path, name: str) -> None:
    assert run("run", name, "--drain").exit_code == 0
