"""The README's first steps and the pages that go on from there: every request and command in order, against a running
service and a simulated Twilio."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from giftpulse.ground import egress
from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.simulator import SimulatorConfig, running
from tests.cli.terminal import point_at
from tests.docs.not_run import JOURNEYS
from tests.docs.pages import blocks
from tests.docs.reader import Reader, reading
from tests.service import serving

README, DAILY, *GUIDES, COOKBOOK, CONSENT = JOURNEYS["first steps"]
SENDER = "+15005550006"


@pytest.fixture
def reader(lite: Site, time: Stopped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Somebody at a terminal, beside a service that runs."""
    monkeypatch.setattr(egress, "system_lookup", _no_such_name)
    settings = lite.settings
    assert settings.secret_key is not None
    given = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TWILIO_FROM_NUMBER": SENDER,
    }
    with (
        running(SimulatorConfig(speed=0)) as twilio,
        serving(lite) as service,
        reading(tmp_path, {**given, **point_at(twilio)}) as made,
    ):
        made.service = service
        yield made


def test_each_line_does_what_the_pages_say(reader: Reader) -> None:
    answers = reader.do(README)
    _the_first_rule_is_made(answers[:5])
    _the_first_program_comes_to_life(answers[5:])
    assert "2 added" in reader.said[_line(reader, "subscribers import")]
    _daily(reader)
    for page in GUIDES:
        reader.do(page)
    assert reader.said[_line(reader, "whsec_")].startswith("whsec_")
    _the_rules_of_the_cookbook_come_in(reader)
    reader.do(CONSENT)
    assert reader.service is not None
    assert reader.service.get("/api/subscribers/1")["status"] == "erased"


def _the_first_rule_is_made(answers: list[Any]) -> None:
    rule, webhook, mail, tried, alerts = answers
    assert rule["id"] == "1"
    assert rule["trigger"] == {"type": "each", "group_by": []}
    assert [webhook["rule_id"], mail["rule_id"]] == ["1", "1"]
    assert tried["delivered"] is False  # there is no such receiver
    assert tried["detail"]
    assert alerts["items"] == []


def _the_first_program_comes_to_life(answers: list[Any]) -> None:
    changed, own, person, why, made, ready, waiting, approved, paused, resumed = answers
    assert (changed["id"], changed["name"], changed["join_keyword"]) == ("1", "Daily Positivity", "DAILY")
    assert (changed["window_start"], changed["window_end"]) == ("12:00", "17:00")
    assert (own["id"], own["weekdays"], own["approval_hours"]) == ("2", ["mon", "tue", "wed", "thu", "fri"], 2)
    assert (person["id"], person["status"], person["timezone"]) == ("1", "active", "America/Denver")
    assert "opted in" in [line["what"] for line in why["lines"]]
    assert made["fallbacks"] == len(ready["items"]) > 0  # there is no key here, so the library steps in
    assert waiting["items"] == []
    assert approved["state"] == "approved"
    assert [hold["cause"] for hold in paused["holds"]] == ["operator"]
    assert resumed["program"]["holds"] == []


def _daily(reader: Reader) -> None:
    answers = reader.do(DAILY)
    resumed, checked, written = answers[:3]
    assert resumed["lifted"] == []
    assert checked["ok"] is True
    assert (written["source"], written["state"]) == ("human", "approved")
    assert answers[-1]["items"] == []
    # One of the three is erased by a request before.
    assert "3 lines: 1 added, 1 there already, 1 refused" in reader.said[_line(reader, "--country US")]


def _the_rules_of_the_cookbook_come_in(reader: Reader) -> None:
    cookbook = [json.loads(block.text) for block in blocks("json") if block.where.startswith(COOKBOOK)]
    Path("rules.json").write_text(json.dumps(cookbook))
    reader.do(COOKBOOK)
    assert reader.service is not None
    there = {rule["name"] for rule in reader.service.get("/api/rules")["items"]}
    assert {rule["name"] for rule in cookbook} < there


def _line(reader: Reader, part: str) -> str:
    """The newest line that has this in it."""
    return [line for line in reader.said if part in line][-1]


def _no_such_name(host: str) -> list[str]:
    raise OSError(f"there is no {host} here")
