"""docs/quickstart.md, request by request, against a running service: the alert opens, the person joins."""

from pathlib import Path
from typing import Any

import pytest

from giftpulse.ground import settings
from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN, MARKETING, SCRIPT, SimulatorConfig
from tests import make
from tests.docs.pages import blocks
from tests.docs.walking import walk
from tests.service import serving

NAME = "docs/quickstart.md"
FILTERED = {"status": "undelivered", "error_code": 30007, "messaging_service_sid": "MG" + "0" * 32}


@pytest.fixture
def answers(lite: Site, time: Stopped) -> list[Any]:
    """What the service answers to the requests of the page, in order. The filtered texts of the simulator come between
    the rule and the question what is open."""
    rounds.enrol(lite)
    with serving(lite) as service:
        first = walk(service, NAME, upto=1)
        make.take(lite, make.message(**FILTERED), make.message(**FILTERED))
        rounds.watch(lite)
        return first + walk(service, NAME, after=1)


def test_the_first_alert_opens(answers: list[Any]) -> None:
    rule, alerts, logs = answers[:3]
    assert rule["severity"] == "critical"
    (alert,) = alerts["items"]
    assert (alert["rule_id"], alert["count"]) == (rule["id"], 2)
    assert len(logs["items"]) == 2


def test_the_first_program_has_its_person(answers: list[Any]) -> None:
    person, why, editions = answers[3:]
    assert (person["program_id"], person["status"], person["timezone"]) == ("1", "active", "America/Denver")
    assert "opted in" in [line["what"] for line in why["lines"]]
    assert "items" in editions


def test_the_settings_are_those_of_the_simulator(tmp_path: Path) -> None:
    (shown,) = [block.text for block in blocks("ini") if block.where.startswith(NAME)]
    given = dict(line.split("=", 1) for line in shown.splitlines())
    assert (given["TWILIO_ACCOUNT_SID"], given["TWILIO_AUTH_TOKEN"]) == (ACCOUNT_SID, AUTH_TOKEN)
    pools = SimulatorConfig().services
    # A number of the account, and not of the service whose texts are filtered.
    assert given["TWILIO_FROM_NUMBER"] in {number for pool in pools.values() for number in pool} - {*pools[MARKETING]}
    file = tmp_path / ".env"
    file.write_text(shown)
    assert settings.load(_env_file=file).public_url == "http://127.0.0.1:8000"


def test_the_trouble_that_is_promised_comes_in_time() -> None:
    (filtered,) = [each for each in SCRIPT if each.kind == "filtered"]
    assert filtered.every == 90
