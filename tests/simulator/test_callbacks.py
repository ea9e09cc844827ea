"""Status callbacks: signed, in order unless otherwise ordered, retried by Twilio's rule."""

import socket

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from giftpulse.simulator import AUTH_TOKEN, MARKETING, RunningSimulator, SimulatorConfig, Webhooks, running
from giftpulse.twilio.statuses import rank
from tests.simulator.receiver import Inbox, official

SENDER = "+12065550111"


def send(client: Client, inbox: Inbox, to: str = "+15005540001", path: str = "/cb?row=7", **more: str) -> str:
    order = {"from_": SENDER} | more
    sid: str = client.messages.create(to=to, body="x", status_callback=inbox.url + path, **order).sid
    return sid


def test_each_is_signed_over_the_exact_address(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sid = send(client, inbox)
    sim.advance(300)
    assert inbox.statuses == ["sent", "delivered"]
    validator = RequestValidator(AUTH_TOKEN)
    for one in inbox.received:
        assert one.path == "/cb?row=7"
        assert validator.validate(inbox.url + one.path, one.form, one.headers["x-twilio-signature"])
        assert one.form["MessageSid"] == one.form["SmsSid"] == sid
        assert one.form["SmsStatus"] == one.form["MessageStatus"]
        assert one.form["AccountSid"] == sim.account_sid
    assert len({one.headers["i-twilio-idempotency-token"] for one in inbox.received}) == 2


def test_what_a_callback_says(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    send(client, inbox, to="+15005530005", messaging_service_sid=MARKETING, from_="")
    sim.advance(300)
    assert inbox.statuses == ["queued", "sent", "undelivered"]
    last = inbox.received[-1].form
    assert (last["ErrorCode"], last["MessagingServiceSid"]) == ("30005", MARKETING)
    assert last["RawDlrDoneDate"].isdigit()
    assert "ErrorCode" not in inbox.received[0].form
    assert last["From"] in sim.config.services[MARKETING]


def test_no_status_goes_backward_unless_that_is_ordered(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sids = [send(client, inbox, f"+1312555{n:04}", messaging_service_sid=MARKETING, from_="") for n in range(40)]
    sim.advance(900)
    for sid in sids:
        ranks = [rank("message", r.form["MessageStatus"]) for r in inbox.received if r.form["MessageSid"] == sid]
        assert ranks == sorted(ranks)
        assert ranks


def test_a_service_has_a_callback_of_its_own(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.point(Webhooks(status=inbox.url + "/service"))
    client.messages.create(to="+15005540001", messaging_service_sid=MARKETING, body="x")
    client.messages.create(to="+15005540001", from_=SENDER, body="x")
    sim.advance(300)
    assert {one.path for one in inbox.received} == {"/service"}
    assert inbox.statuses == ["queued", "sent", "delivered"]


def test_doubled(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.disturb(doubled=1)
    send(client, inbox)
    sim.advance(300)
    assert inbox.statuses == ["sent", "sent", "delivered", "delivered"]
    assert len({one.headers["i-twilio-idempotency-token"] for one in inbox.received}) == 2


def test_out_of_order(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.disturb(out_of_order=1)
    send(client, inbox)
    sim.advance(300)
    assert inbox.statuses == ["delivered", "sent"]


def test_dropped(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.disturb(dropped=1)
    sid = send(client, inbox)
    sim.advance(300)
    assert inbox.received == []
    assert client.messages(sid).fetch().status == "delivered"
    assert sim.state()["counts"]["callbacks dropped"] == 2


def test_late(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    sim.disturb(late=3600)
    send(client, inbox)
    sim.advance(600)
    assert inbox.received == []
    sim.advance(3600)
    assert inbox.statuses == ["sent", "delivered"]
    sim.clear_faults()
    send(client, inbox)
    sim.advance(300)
    assert len(inbox.received) == 4


def test_an_error_is_not_retried_and_raises_an_alert(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    inbox.answers["/cb"] = (500, "text/plain", "boom")
    sid = send(client, inbox, to="+15005540002")
    sim.advance(300)
    assert inbox.statuses == ["sent"]
    [alert] = client.monitor.v1.alerts.list()
    assert (alert.error_code, alert.resource_sid, alert.request_url) == ("11200", sid, inbox.url + "/cb?row=7")
    assert "httpResponse=500" in alert.alert_text
    whole = alert.fetch()
    assert whole.response_body == "boom"
    assert f"MessageSid={sid}" in whole.request_variables


def test_the_fragment_orders_retries(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    inbox.answers["/cb"] = (503, "text/plain", "")
    send(client, inbox, to="+15005540002", path="/cb#rc=2&rp=5xx")
    sim.advance(300)
    assert inbox.statuses == ["sent"] * 3
    # The fragment is not part of the address that is called and signed.
    signature = inbox.received[0].headers["x-twilio-signature"]
    assert RequestValidator(AUTH_TOKEN).validate(inbox.url + "/cb", inbox.received[0].form, signature)
    assert len({one.headers["i-twilio-idempotency-token"] for one in inbox.received}) == 1


def test_nobody_at_home_is_retried_once(sim: RunningSimulator, client: Client) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/cb"
    client.messages.create(to="+15005540002", from_=SENDER, body="x", status_callback=url)
    sim.advance(300)
    assert sim.state()["webhooks"] == {"posted": 1, "retried": 1, "failed": 1}
    assert [alert.error_code for alert in client.monitor.v1.alerts.list()] == ["11205"]


def test_a_black_hole_holds_up_only_its_own_message(sim: RunningSimulator, client: Client, inbox: Inbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        url = f"http://127.0.0.1:{hole.getsockname()[1]}/cb#rt=300"
        client.messages.create(to="+15005540002", from_=SENDER, body="x", status_callback=url)
        send(client, inbox)
        sim.advance(300)
    assert inbox.statuses == ["sent", "delivered"]
    [alert] = client.monitor.v1.alerts.list()
    assert (alert.error_code, alert.request_url) == ("11200", url)


def test_alerts_about_webhooks_can_be_switched_off(inbox: Inbox) -> None:
    inbox.answers["/cb"] = (500, "text/plain", "")
    with running(SimulatorConfig(speed=0, webhook_alerts=False)) as sim:
        client = official(sim)
        send(client, inbox)
        sim.advance(300)
        assert client.monitor.v1.alerts.list() == []
        client.http_client.session.close()


@pytest.mark.parametrize("end", ["completed", "no-answer"])
def test_a_call_tells_its_end(sim: RunningSimulator, client: Client, inbox: Inbox, end: str) -> None:
    made = client.calls.create(
        to="+13125550188", from_=SENDER, twiml="<Response/>", status_callback=inbox.url + "/call"
    )
    sim.force(made.sid, end)
    sim.settle()
    [one] = inbox.received
    assert (one.form["CallSid"], one.form["CallStatus"]) == (made.sid, end)
    assert RequestValidator(AUTH_TOKEN).validate(inbox.url + "/call", one.form, one.headers["x-twilio-signature"])
