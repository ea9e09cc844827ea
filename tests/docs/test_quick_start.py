"""The README's first steps, request by request, against a running service."""

from typing import Any

import pytest

from giftpulse.ground import egress
from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from tests.docs.walking import walk
from tests.service import serving


@pytest.fixture
def answers(lite: Site, time: Stopped, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the service answers to the requests of the README, in order."""
    monkeypatch.setattr(egress, "system_lookup", _no_such_name)
    with serving(lite) as service:
        return walk(service, "README.md")


def test_each_request_does_what_the_page_says(answers: list[Any]) -> None:
    rule, webhook, mail, tried, alerts = answers[:5]
    assert rule["id"] == "1"
    assert rule["trigger"] == {"type": "each", "group_by": []}
    assert [webhook["rule_id"], mail["rule_id"]] == ["1", "1"]
    assert tried["delivered"] is False  # there is no such receiver
    assert tried["detail"]
    assert alerts["items"] == []


def test_the_first_program_comes_to_life(answers: list[Any]) -> None:
    changed, own, person, why, made, ready, waiting, approved, paused, resumed = answers[5:]
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


def _no_such_name(host: str) -> list[str]:
    raise OSError(f"there is no {host} here")
