"""``token``: made, listed, revoked."""

from pathlib import Path

import pytest

from giftpulse.ground.access import role_of
from giftpulse.ground.settings import load
from giftpulse.ground.site import open_site
from tests.cli.terminal import error_of, run, told


def _role(token: str) -> str | None:
    opened = open_site(load())
    try:
        return role_of(opened, token)
    finally:
        opened.close()


def test_a_token_lives_from_create_to_revoke(site: Path) -> None:
    made = told("token", "create", "dashboard", "--role", "read")
    assert _role(made["token"]) == "read"
    rows = told("token", "list")
    assert [(row["name"], row["role"], row["revoked_at"]) for row in rows] == [("dashboard", "read", None)]
    assert rows[0]["last_used_at"] is not None
    assert told("token", "revoke", "dashboard") == {"name": "dashboard", "revoked": True}
    assert _role(made["token"]) is None
    assert told("token", "list")[0]["revoked_at"] is not None


def test_a_token_alone_is_on_standard_output_and_never_shown_again(site: Path) -> None:
    result = run("token", "create", "ops")
    token = result.stdout.strip()
    assert _role(token) == "admin"
    assert token not in run("token", "list").stdout
    assert token not in result.stderr


def test_names_are_there_once_and_readable(site: Path) -> None:
    run("token", "create", "ops")
    assert "ops" in error_of("token", "create", "ops")
    for name in ("", "  ", "a" * 101, "a\nb"):
        assert "NAME" in error_of("token", "create", name)


def test_unknown_names_and_roles_are_refused(site: Path) -> None:
    assert "nobody" in error_of("token", "revoke", "nobody")
    assert run("token", "create", "x", "--role", "owner").exit_code == 2
    assert "no tokens yet" in run("token", "list").stdout


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_each_needs_a_migrated_database(home: Path, command: str) -> None:
    typed = ["token", command] if command == "list" else ["token", command, "x"]
    assert "db upgrade" in error_of(*typed)
