"""The control routes: everything that can be ordered from another process."""

from typing import Any

import pytest
import requests
from twilio.rest import Client

from giftpulse.simulator import MARKETING, RunningSimulator
from tests.simulator.receiver import Inbox


@pytest.fixture
def order(sim: RunningSimulator) -> Any:
    """Calls a control route; answers the JSON, or the status when there is none."""

    def call(method: str, what: str, given: Any = None) -> Any:
        answer = requests.request(method, f"{sim.url}/_simulator/{what}", json=given, timeout=10)
        return answer.json() if answer.content else answer.status_code

    return call


def test_state(order: Any, sim: RunningSimulator) -> None:
    state = order("GET", "state")
    assert state["accounts"] == {sim.account_sid: {"messages": 0, "calls": 0, "alerts": 0}}
    assert (state["speed"], state["faults"], state["planned"]) == (0, [], 0)


def test_faults_strike_the_api_and_never_the_control_routes(order: Any, client: Client, sim: RunningSimulator) -> None:
    assert order("POST", "faults", {"kind": "error_before", "times": 0, "status": 503})["times"] == 0
    url = f"{sim.url}/v1/Alerts"
    assert client.request("GET", url).status_code == 503
    assert order("GET", "state")["faults"] == [{"kind": "error_before", "struck": 1, "times": 0}]
    assert order("DELETE", "faults") == 204
    assert client.request("GET", url).status_code == 200


def test_history(order: Any, client: Client) -> None:
    given = {"number": 3, "first": "2026-03-01", "last": "2026-03-03T00:00:00Z", "status": "undelivered"}
    sids = order("POST", "messages", given | {"error_code": 30007, "service_sid": MARKETING})["sids"]
    rows = client.messages.list()
    assert [row.sid for row in rows] == sids[::-1]
    assert [(row.date_created.day, row.error_code) for row in rows] == [(3, 30007), (2, 30007), (1, 30007)]
    assert len(order("POST", "calls", {"number": 2, "status": "busy"})["sids"]) == 2
    assert {call.status for call in client.calls.list()} == {"busy"}


def test_an_alert_a_person_and_a_forced_status(order: Any, client: Client, inbox: Inbox) -> None:
    assert order("PUT", "webhooks", {"inbound": inbox.url + "/in", "debugger": inbox.url + "/debugger"}) == 204
    sid = order("POST", "inbound", {"from": "+13125550188", "to": "+12065550111", "body": "hi"})["sid"]
    alert = order("POST", "alerts", {"code": 11200, "resource_sid": sid, "url": "https://a.example/"})["sid"]
    assert order("POST", "settle") == 204
    assert {one.path for one in inbox.received} == {"/in", "/debugger"}
    assert client.monitor.v1.alerts(alert).fetch().resource_sid == sid
    [message] = order("POST", "messages", {"status": "sent"})["sids"]
    assert order("POST", "status", {"sid": message, "status": "undelivered", "error_code": 30003}) == 204
    assert client.messages(message).fetch().error_code == 30003


def test_time_and_mischief(order: Any, client: Client, inbox: Inbox) -> None:
    assert order("PUT", "mischief", {"doubled": 1}) == 204
    client.messages.create(to="+15005540002", from_="+12065550111", body="x", status_callback=inbox.url + "/cb")
    before = order("GET", "state")["now"]
    assert order("POST", "advance", {"seconds": 3600})["now"][:13] > before[:13]
    order("POST", "settle")
    assert inbox.statuses == ["sent", "sent"]


def test_traffic(order: Any) -> None:
    given = {"rate": 400, "mix": {"texts": 1, "answers": 0, "calls": 0, "alerts": 0}, "seed": 3}
    assert order("POST", "traffic", given | {"incidents": [{"kind": "filtered", "at": 0}]}) == 204
    while order("GET", "state")["counts"].get("messages created", 0) < 20:
        pass
    assert order("DELETE", "traffic") == 204
    counts = order("GET", "state")["counts"]
    assert order("GET", "state")["counts"]["messages created"] == counts["messages created"]


@pytest.mark.parametrize(
    ("what", "given", "why"),
    [
        ("faults", {"kind": "earthquake"}, "earthquake"),
        ("faults", {}, "kind"),
        ("faults", {"kind": "latency", "colour": "red"}, "colour"),
        ("messages", {"number": 1, "first": "yesterday"}, "yesterday"),
        ("messages", {"size": 1}, "size"),
        ("alerts", {"resource_sid": "SM1"}, "code"),
        ("advance", {"seconds": "many"}, "many"),
        ("inbound", [], "array"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_reason(order: Any, what: str, given: Any, why: str) -> None:
    assert why in order("POST", what, given)["error"]


def test_a_sid_that_nobody_has(order: Any) -> None:
    assert "SM0" in order("POST", "status", {"sid": "SM0", "status": "sent"})["error"]
