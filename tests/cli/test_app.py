"""Names, help, errors and JSON, the same for all commands."""

from pathlib import Path

import pytest

import giftpulse
from giftpulse.ground.settings import load
from giftpulse.ground.site import open_site
from tests.cli.terminal import command_names, error_of, run, told

PROMISED = {
    "up", "web", "run", "rounds", "poll-logs", "process-logs", "backfill", "cleanup", "check-message", "test-message",
    "simulator", "doctor", "token create", "token list", "token revoke", "rules export", "rules import", "rules test",
    "db upgrade", "db status",
}  # fmt: skip


def test_every_promised_command_is_there() -> None:
    assert command_names() >= PROMISED


@pytest.mark.parametrize("name", sorted(command_names()))
def test_every_command_has_help(name: str) -> None:
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert len(result.stdout.splitlines()) > 5


@pytest.mark.parametrize("name", [name for name in sorted(command_names()) if "-" in name])
def test_underscores_and_dashes_are_the_same(name: str) -> None:
    typed = name.replace("-", "_")
    assert run(*typed.split(), "--help").stdout.replace(typed, name) == run(*name.split(), "--help").stdout


def test_names_with_both_dashes_and_underscores() -> None:
    assert run("poll_logs", "--help").exit_code == run("process_logs", "--help").exit_code == 0


def test_an_unknown_command_is_refused() -> None:
    result = run("poll-log")
    assert result.exit_code == 2
    assert "poll-log" in result.stderr


def test_every_wrong_setting_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "555")
    monkeypatch.setenv("SMTP_PORT", "many")
    monkeypatch.setenv("PUBLIC_URL", "pulse.example.org")
    said = error_of("rounds")
    assert "SMTP_PORT" in said
    assert "PUBLIC_URL" in said
    assert "TWILIO_FROM_NUMBER" not in said  # a short code


def test_a_database_that_is_not_migrated_is_told() -> None:
    assert "giftpulse db upgrade" in error_of("rounds")


def test_a_database_that_cannot_be_reached_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:a-password-of-ours@127.0.0.1:1/nowhere")
    monkeypatch.setenv("SECRET_KEY", "a key for tests, long enough for it")
    said = error_of("rounds")
    assert "database" in said
    assert "a-password-of-ours" not in said


def test_a_place_that_cannot_be_written_to_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////proc/nowhere/giftpulse.db")
    assert "DATABASE_URL" in error_of("db", "status")


def test_the_schema_is_told_and_brought_up(home: Path) -> None:
    before = told("db", "status")
    assert before["present"] is None
    assert not before["up_to_date"]
    done = told("db", "upgrade")
    assert done == {"before": None, "after": before["newest"]}
    assert told("db", "status")["up_to_date"]
    assert "already" in run("db", "upgrade").stdout
    assert (home / "giftpulse.db.key").stat().st_mode & 0o777 == 0o600


def test_a_database_of_a_newer_program_is_told(site: Path) -> None:
    opened = open_site(load())
    with opened.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    assert "newer GiftPulse" in error_of("db", "upgrade")


def test_help_creates_nothing(home: Path) -> None:
    assert run("--help").exit_code == 0
    assert list(home.iterdir()) == []


def test_the_version_is_told() -> None:
    assert run("--version").stdout.strip() == giftpulse.__version__


def test_the_schema_is_told_to_people_too(site: Path) -> None:
    assert "up_to_date  yes" in run("db", "status").stdout
