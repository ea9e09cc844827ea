"""docs/cookbook.md: each rule fires on what it is meant for, and on nothing else."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.alerts.models import Alert
from giftpulse.monitor.rules import store
from tests import make
from tests.docs.pages import blocks

RULES = [json.loads(block.text) for block in blocks("json") if block.where.startswith("docs/cookbook.md")]

Case = tuple[str, dict[str, Any], int, dict[str, Any]]
"""The kind of record, one that matches, how many of them open the alert, and what is different in one that does not."""


def _failed(code: int, **more: Any) -> dict[str, Any]:
    return {"status": "undelivered", "error_code": code, **more}


def _text(body: str) -> dict[str, Any]:
    return {"direction": "inbound", "status": "received", "body": body}


CASES: dict[str, Case] = {
    "Twilio logs an error": ("alert", {"error_code": "12100"}, 1, {"log_level": "warning"}),
    "The account is in trouble": ("message", _failed(30002), 1, {"error_code": 30003}),
    "Texts are filtered or unregistered": ("message", _failed(30007), 3, {"error_code": 30006}),
    "Many texts fail": ("message", _failed(30008), 20, {"status": "delivered", "error_code": None}),
    "Many numbers are gone": ("message", _failed(30005), 25, {"error_code": 30007}),
    "A country cannot be reached": ("message", _failed(30003, to="+447700900123"), 10, {"error_code": 30005}),
    "The sender is at its limit": ("message", _failed(30022), 1, {"error_code": 30003}),
    "Texts to people who have left": ("message", _failed(21610), 5, {"error_code": 21611}),
    "Many people say STOP": ("message", _text("Stop."), 20, {"body": "don't stop"}),
    "Somebody complains": ("message", _text("My LAWYER will call"), 1, {"body": "such a pleasure"}),
    "Texts look like pumping": ("message", _failed(30450), 1, {"error_code": 30007}),
    "Texts to a country that we do not serve": ("message", {"to": "+447700900123"}, 1, {"to": "+13035550123"}),
    "Dearer than ten cents": ("message", {"price": "-0.1200"}, 1, {"price": "-0.0079"}),
    "A sender that is not ours": ("message", {}, 1, {"messaging_service_sid": "MG" + "0" * 32}),
    "A webhook fails": ("alert", {"error_code": "11205"}, 3, {"error_code": "12100"}),
    "Calls fail": ("call", {"status": "busy"}, 10, {"status": "completed"}),
    "Calls end at once": ("call", {"duration": "2"}, 10, {"duration": "60"}),
    "Five texts to landlines in an hour": ("message", _failed(30006), 5, {"error_code": 30005}),
}  # fmt: skip
_MAKE = {"message": make.message, "call": make.call, "alert": make.alert}


def test_every_rule_of_the_page_is_tried() -> None:
    assert len(RULES) >= 10
    assert [rule["name"] for rule in RULES] == list(CASES)


@pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])
def test_it_fires_on_what_it_is_meant_for_only(rule: dict[str, Any], lite: Site, time: Stopped) -> None:
    kind, matching, number, other = CASES[rule["name"]]
    rounds.enrol(lite)
    with lite.database.begin() as session:
        store.create(session, rule, time())
    _take(lite, kind, [{**matching, **other}] * number)
    _take(lite, kind, [matching] * (number - 1))
    assert _alerts(lite) == []
    _take(lite, kind, [matching])
    assert [alert.count for alert in _alerts(lite)] == [number]


def _take(site: Site, kind: Any, records: list[dict[str, Any]]) -> None:
    make.take(site, *(_MAKE[kind](**record) for record in records), kind=kind)
    rounds.watch(site)


def _alerts(site: Site) -> list[Alert]:
    with site.database.read() as session:
        return list(session.scalars(select(Alert).where(Alert.state == "firing")))
