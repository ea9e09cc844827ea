"""``subscribers`` and ``seed``: files in and out, and one person gone."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground.database import Database
from tests.cli.terminal import error_of, run, told

SLUG = "daily-positivity"
GOOD = "phone,timezone\n+13035550123,Denver\n+12125550123,\n"
BAD = GOOD + "nonsense,\n+13035550124,Atlantis\n"


@pytest.fixture
def seeded(stored: Database) -> Database:
    assert run("seed").exit_code == 0
    return stored


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Subscriber)) or 0


def test_seeding_makes_one_program_and_says_so(stored: Database) -> None:
    first = told("seed")
    assert (first["slug"], first["made"]) == (SLUG, True)
    assert told("seed") == {**first, "made": False}
    assert "there already" in run("seed").stdout
    with stored.read() as session:
        assert session.scalar(select(func.count()).select_from(Program)) == 1


def test_a_file_comes_in(seeded: Database, home: Path) -> None:
    (home / "people.csv").write_text(BAD)
    options = ("--program", SLUG, "--consent-source", "paper", "--consent-wording", "One text a day")
    result = run("subscribers", "import", "people.csv", *options)
    assert result.exit_code == 0
    assert "4 lines: 2 added, 0 there already, 2 refused" in result.stdout
    assert "Atlantis" in result.stdout
    with seeded.read() as session:
        line = session.scalars(select(ConsentEvent)).first()
        assert line is not None
        assert (line.source, line.by, line.detail) == ("import", "file people.csv", "paper")
        assert line.wording == "One text a day"
    again = told("subscribers", "import", "people.csv", *options)
    assert (again["lines"], again["added"], again["already"]) == (4, 0, 2)
    assert [(one["line"], one["field"]) for one in again["refused"]] == [(4, "phone"), (5, "timezone")]
    assert run("subscribers", "import", "people.csv", *options, "--strict").exit_code == 1


def test_a_file_of_which_nothing_is_any_good_is_an_error(seeded: Database, home: Path) -> None:
    (home / "people.csv").write_text(GOOD)
    result = run("subscribers", "import", "people.csv", "--program", SLUG)
    assert result.exit_code == 1, "nobody says that these people agreed"
    assert "consent" in result.stdout
    assert count(seeded) == 0


def test_what_cannot_be_read_or_found_is_said(seeded: Database, home: Path) -> None:
    assert "cannot be read" in error_of("subscribers", "import", "none.csv", "--program", SLUG)
    (home / "people.csv").write_text("name\nAnn\n")
    assert "phone" in error_of("subscribers", "import", "people.csv", "--program", SLUG)
    assert "no program 'x'" in error_of("subscribers", "import", "people.csv", "--program", "x")
    assert "country" in error_of("subscribers", "import", "people.csv", "--program", SLUG, "--country", "USA")
    assert "no program 'x'" in error_of("subscribers", "export", "--program", "x")


def test_export_and_back(seeded: Database, home: Path) -> None:
    (home / "people.csv").write_text(GOOD)
    run("subscribers", "import", "people.csv", "--program", SLUG, "--consent-source", "paper")
    assert told("subscribers", "export", "out.csv", "--program", SLUG) == {"file": "out.csv", "subscribers": 2}
    printed = run("subscribers", "export", "--program", SLUG).stdout
    assert (home / "out.csv").read_text("utf-8-sig") == printed
    assert any(line.startswith("+13035550123,active,") for line in printed.splitlines())
    assert told("subscribers", "import", "out.csv", "--program", SLUG)["already"] == 2
    assert sorted(path.name for path in home.glob("*.csv*")) == ["out.csv", "people.csv"]


def test_erasing_a_number(seeded: Database, home: Path) -> None:
    (home / "people.csv").write_text(GOOD)
    run("subscribers", "import", "people.csv", "--program", SLUG, "--consent-source", "paper")
    assert len(told("subscribers", "erase", "+1 303 555 0123")["erased"]) == 1
    assert "nobody has the number" in error_of("subscribers", "erase", "+13035550123")
    back = told("subscribers", "import", "people.csv", "--program", SLUG, "--consent-source", "paper")
    assert (back["already"], [one["line"] for one in back["refused"]]) == (1, [2])
    assert "3035550123" not in json.dumps(run("subscribers", "export", "--program", SLUG).stdout)
