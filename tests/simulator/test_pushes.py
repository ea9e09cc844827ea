"""The Debugger webhook and Event Streams, both signed."""

import json
import time
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from giftpulse.simulator import MARKETING, RunningSimulator, SimulatedAccount, SimulatorConfig, Webhooks, running
from giftpulse.twilio.signature import is_genuine
from tests.simulator.receiver import Inbox

CHILD = SimulatedAccount("AC" + "2" * 32, "child", parent="AC" + "1" * 32)


def test_the_debugger_webhook(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.point(Webhooks(debugger=inbox.url + "/debugger"))
    sid = sim.alert(15003, "CA1", url="https://voice.example.com/progress")
    sim.settle()
    [one] = inbox.received
    form = one.form
    signature = one.headers["x-twilio-signature"]
    assert RequestValidator(sim.auth_token).validate(inbox.url + "/debugger", form, signature)
    assert (form["Sid"], form["AccountSid"], form["Level"]) == (sid, sim.account_sid, "Warning")
    assert form["PayloadType"] == "application/json"
    assert "ParentAccountSid" not in form
    payload = json.loads(form["Payload"])
    assert (payload["resource_sid"], payload["error_code"]) == ("CA1", "15003")
    assert payload["webhook"]["request"]["url"] == "https://voice.example.com/progress"
    # The same entry as in the list, under the same SID.
    assert client.monitor.v1.alerts(sid).fetch().date_created.strftime("%Y-%m-%dT%H:%M:%SZ") == form["Timestamp"]


def test_a_failing_debugger_webhook_raises_no_further_alert(
    sim: RunningSimulator, client: Client, inbox: Inbox
) -> None:
    sim.point(Webhooks(debugger=inbox.url + "/debugger"))
    inbox.answers["/debugger"] = (500, "text/plain", "")
    sim.alert(11200, "SM1")
    sim.settle()
    assert len(client.monitor.v1.alerts.list()) == len(inbox.received) == 1


def test_a_sub_account_names_its_parent(inbox: Inbox) -> None:
    webhooks = Webhooks(debugger=inbox.url + "/debugger")
    with running(SimulatorConfig(accounts=(CHILD,), speed=0, webhooks=webhooks)) as sim:
        sim.alert(11200, "SM1")
        sim.settle()
    assert inbox.received[0].form["ParentAccountSid"] == CHILD.parent
    assert inbox.received[0].form["Level"] == "Error"


def events(inbox: Inbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in inbox.received:
        batch = json.loads(one.body)
        assert isinstance(batch, list)
        found += batch
    return found


@pytest.fixture
def sink(sim: RunningSimulator, inbox: Inbox) -> Inbox:
    sim.point(Webhooks(events=inbox.url + "/events?from=twilio"))
    return inbox


def test_a_batch_is_signed_by_its_hash(sim: RunningSimulator, sink: Inbox) -> None:
    sim.receive("+13125550188", "+12065550111", "hi")
    sim.settle()
    [one] = sink.received
    assert one.path.startswith("/events?from=twilio&bodySHA256=")
    assert one.headers["content-type"] == "application/json"
    url, signature = sink.url + one.path, one.headers["x-twilio-signature"]
    assert RequestValidator(sim.auth_token).validate(url, one.body.decode(), signature)
    assert is_genuine(signature, [sim.auth_token], url, body=one.body)
    assert not is_genuine(signature, [sim.auth_token], url, body=one.body + b" ")


def test_messages_are_cloud_events_with_statuses_in_upper_case(
    sim: RunningSimulator, client: Client, sink: Inbox
) -> None:
    sid = client.messages.create(to="+15005530003", messaging_service_sid=MARKETING, body="x").sid
    sim.advance(300)
    found = events(sink)
    assert [event["type"].removeprefix("com.twilio.messaging.message.") for event in found] == [
        "queued",
        "sent",
        "undelivered",
    ]
    last = found[-1]
    assert (last["specversion"], last["datacontenttype"]) == ("1.0", "application/json")
    assert last["data"]["messageStatus"] == "UNDELIVERED"
    assert (last["data"]["messageSid"], last["data"]["errorCode"]) == (sid, 30003)
    assert len({event["id"] for event in found}) == 3


def test_inbound_messages_and_errors_are_events_too(sim: RunningSimulator, sink: Inbox) -> None:
    message = sim.receive("+13125550188", "+12065550111", "hi")
    alert = sim.alert(11200, message)
    sim.settle()
    inbound, error = events(sink)
    assert inbound["type"] == "com.twilio.messaging.inbound-message.received"
    assert inbound["data"]["messageSid"] == message
    assert error["type"] == "com.twilio.error-logs.error.logged"
    assert (error["data"]["sid"], error["data"]["error_code"], error["data"]["level"]) == (alert, "11200", "ERROR")


def test_a_full_batch_does_not_wait(sim: RunningSimulator, sink: Inbox) -> None:
    sim.do(lambda simulator: [simulator.alert(11200, "SM1") for _ in range(250)])
    sim.settle()
    assert sorted(len(json.loads(one.body)) for one in sink.received) == [50, 100, 100]


def test_the_sink_is_tried_again(sim: RunningSimulator, sink: Inbox) -> None:
    sink.answers["/events"] = (500, "text/plain", "")
    sim.alert(11200, "SM1")
    while len(sink.received) < 2:
        time.sleep(0.01)
    sink.answers.clear()
    sim.settle()
    assert len({one.body for one in sink.received}) == 1
    assert sim.state()["webhooks"]["delivered"] == 1
