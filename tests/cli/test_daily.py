"""The commands of the daily program: planning, sending, telling why, a dry run, and comparing the books."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.simulator import RunningSimulator
from tests.cli.terminal import error_of, run, told

PHONE = "+12125550123"
NOW = "2026-11-20T20:00Z"  # 15:00 in New York
LATE = "2026-11-20T21:57Z"
TODAY = date(2026, 11, 20)


@pytest.fixture
def people(twilio: RunningSimulator, stored: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two people of the program "Daily Positivity", at a fixed instant; one gets a text that no window is too late
    for."""
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+12065550111")
    with clock.stopped(datetime.fromisoformat(NOW)):
        assert run("seed").exit_code == 0
        (home / "people.csv").write_text(f"phone,timezone\n{PHONE},New York\n+12125550124,New York\n")
        assert run("subscribers", "import", "people.csv", "--program", "daily-positivity",
                   "--consent-source", "paper").exit_code == 0  # fmt: skip
    return stored


def planned(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def plan_now() -> None:
    with clock.stopped(datetime.fromisoformat(NOW)):
        assert told("schedule_messages")["added"] == 4


def test_planning_says_how_many_for_which_dates_and_does_nothing_twice(people: Database) -> None:
    with clock.stopped(datetime.fromisoformat(NOW)):
        first = told("schedule-messages")
        dates = [{"date": "2026-11-20", "planned": 2}, {"date": "2026-11-21", "planned": 2}]
        assert first == {"added": 4, "removed": 0, "dates": dates}
        assert told("schedule-messages") == {**first, "added": 0}
        ahead = told("schedule-messages", "--date", "2026-12-24")
        assert (ahead["added"], ahead["dates"][-1]) == (2, {"date": "2026-12-24", "planned": 2})
        assert "0 texts planned" in run("schedule-messages").stdout
    assert "--date" in error_of("schedule-messages", "--date", "tomorrow")
    assert "2199" in error_of("schedule-messages", "--date", "3000-01-01")


def test_what_is_due_is_sent_at_the_instant_that_is_named(people: Database, twilio: RunningSimulator) -> None:
    plan_now()
    done = told("process-messages", "--now", LATE)
    assert done == {
        "accepted": 2, "refused": 0, "unknown": 0, "put_back": 0, "skipped": 0, "waiting": [], "held": None,
    }  # fmt: skip
    assert twilio.state()["counts"]["messages created"] == 2
    assert told("process-messages", "--now", LATE)["accepted"] == 0
    rows = [row for row in planned(people) if row.local_date == TODAY]
    assert {row.state for row in rows} == {"accepted"}


def test_what_is_held_is_told_with_what_it_waits_for(people: Database) -> None:
    plan_now()
    with people.begin() as session:
        programs.patch(session, 1, {"paused": True}, clock.now())
    done = told("process-messages", "--now", LATE)
    (waits,) = done["waiting"]
    assert (waits["program"], waits["due"]) == ("Daily Positivity", 2)
    assert waits["waits_for"].startswith("program:1 is held: paused by api")
    assert "paused by api" in run("process-messages", "--now", LATE).stdout


def test_a_hold_on_the_account_is_an_error(people: Database) -> None:
    plan_now()
    with people.begin() as session:
        holds.hold(session, holds.ALL, holds.ACCOUNT, "20003: the key is not right", clock.now())
    assert told("process-messages", "--now", LATE, exit_code=1)["held"] == "20003: the key is not right"
    assert "20003" in run("process-messages", "--now", LATE).stderr


def test_without_an_account_nothing_is_sent(people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    assert "TWILIO_ACCOUNT_SID" in error_of("process-messages")


def test_another_day_is_refused_where_a_real_twilio_listens(people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--now" in error_of("process-messages", "--now", "noon")
    monkeypatch.setenv("TWILIO_API_URL", "https://twilio.example.com")
    far = (datetime.now(UTC) + timedelta(hours=27)).isoformat()
    assert "within 26 hours of now" in error_of("process-messages", "--now", far)


def test_why_tells_the_story_of_a_number(people: Database) -> None:
    plan_now()
    told("process-messages", "--now", LATE)
    shown = run("why", PHONE, "--date", "2026-11-20")
    assert shown.exit_code == 0
    for words in ("Daily Positivity", "opted in", "handed to Twilio", "12:00-17:00 in America/New_York", "paper"):
        assert words in shown.stdout
    (story,) = told("why", "(212) 555-0123", "--date", "2026-11-20")
    assert story["subscriber"]["phone"] == PHONE
    assert "its text" in [line["what"] for line in story["lines"]]
    assert "nobody has the number" in error_of("why", "+12125550199")
    assert "NUMBER" in error_of("why", "nobody")


def test_a_dry_run_changes_nothing(people: Database) -> None:
    found = told("simulate", "--date", "2026-11-21")
    assert (found["people"], found["texts"], found["programs"]) == (2, 2, ["Daily Positivity"])
    assert sum(hour["texts"] for hour in found["hours"]) == 2
    shown = run("simulate", "--date", "2026-11-21", "--program", "daily-positivity").stdout
    for words in ("America/New_York", "+12065550111", "missing: the library steps in", "0.0079 USD"):
        assert words in shown
    assert planned(people) == []
    assert "no program 'x'" in error_of("simulate", "--program", "x")
    assert run("simulate").exit_code == 0


def test_the_books_are_compared(people: Database, twilio: RunningSimulator) -> None:
    twilio.add_messages(1, to=PHONE, sender="+12065550111")
    told("poll-logs")
    found = told("reconcile")
    assert (found["checked"], found["strangers"]) == (0, 1)
    assert found["samples"][0]["to"] == "+1212•••0123"
    assert "not ours" in run("reconcile").stdout


def test_a_message_says_whose_text_it_is(people: Database) -> None:
    plan_now()
    told("process-messages", "--now", LATE)
    sid = next(row.sid for row in planned(people) if row.sid)
    ours = told("check-message", str(sid))["delivery"]
    assert (ours["kind"], ours["program"], ours["local_date"]) == ("daily", "Daily Positivity", "2026-11-20")
    assert (ours["attempts"], ours["predicted"]) == (1, 1)
    with people.begin() as session:
        session.execute(update(Delivery).where(Delivery.sid == sid).values(billed_segments=2))
    shown = run("check-message", str(sid)).stdout
    assert "1 predicted, billed: 2" in shown
    assert f"giftpulse why {ours['person']}" in shown


def test_a_test_message_says_before_what_it_takes(people: Database) -> None:
    shown = run("test-message", PHONE, "Caf\u00e9 \u201cGood\u201d")
    assert "of UCS-2, for it has \u201c U+201C LEFT DOUBLE QUOTATION MARK at 5: 1 segment" in shown.stderr
    assert "0.0079 USD" in shown.stderr
    found = told("test-message", PHONE, "W" * 161)
    assert (found["predicted_segments"], found["encoding"], found["forced_by"]) == (2, "GSM-7", None)
    assert found["cost_estimate"].startswith("0.0158 USD")
