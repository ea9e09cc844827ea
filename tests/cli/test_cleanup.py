"""``cleanup``: what goes, what stays, and what is only counted."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.logs.models import LogEntry
from giftpulse.simulator import RunningSimulator
from tests.cli.terminal import run, told


def _age(twilio: RunningSimulator, days: int, number: int) -> None:
    at = clock.now() - timedelta(days=days)
    twilio.add_messages(number, first=at, last=at, body="A secret of long ago.")


def _left(stored: Database) -> tuple[int, int]:
    with stored.read() as session:
        logs = session.scalar(select(func.count()).select_from(LogEntry)) or 0
        bodies = session.scalar(select(func.count()).where(LogEntry.body.is_not(None))) or 0
    return logs, bodies


def test_a_dry_run_counts_and_a_real_one_deletes_as_much(twilio: RunningSimulator, stored: Database) -> None:
    _age(twilio, 100, 3)
    _age(twilio, 1, 2)
    told("poll-logs", "--since", "120d")
    assert _left(stored) == (5, 5)
    would = told("cleanup", "--days", "90", "--dry-run")
    assert would["dry_run"]
    assert would["days"] == 90
    assert would["deleted"]["logs"] == 3
    assert _left(stored) == (5, 5)
    did = told("cleanup", "--days", "90")
    assert not did["dry_run"]
    assert did["deleted"]["logs"] == 3
    assert {"alerts", "silences"} <= did["deleted"].keys()
    assert _left(stored) == (2, 2)
    assert set(told("cleanup", "--days", "90")["deleted"].values()) == {0}


def test_retention_days_are_the_default_and_bodies_go_sooner(twilio: RunningSimulator, stored: Database) -> None:
    _age(twilio, 100, 3)
    told("poll-logs", "--since", "120d")
    done = told("cleanup")
    assert done["days"] == 400
    assert done["deleted"]["logs"] == 0
    assert done["deleted"]["bodies"] == 3
    assert _left(stored) == (3, 0)


def test_the_table_says_whether_it_is_done(site: Path) -> None:
    assert "would be deleted" in run("cleanup", "--dry-run").stdout
    assert "would be" not in run("cleanup").stdout


def test_keeping_nothing_is_refused(site: Path) -> None:
    for days in ("0", "6", "-1", "ten"):
        assert run("cleanup", "--days", days).exit_code == 2
