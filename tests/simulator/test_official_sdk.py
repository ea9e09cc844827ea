"""The official SDK, pointed at the simulator, can do all that it does with Twilio."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from giftpulse.simulator import MARKETING, RunningSimulator, SimulatedAccount, SimulatorConfig, running
from tests.simulator.receiver import official

TO, SENDER = "+15005540001", "+12065550111"


def test_a_message_from_a_number_is_queued_sent_and_delivered(sim: RunningSimulator, client: Client) -> None:
    made = client.messages.create(to=TO, from_=SENDER, body="A walk at noon")
    assert (made.status, made.num_segments, made.date_sent, made.price) == ("queued", "1", None, None)
    sim.advance(300)
    later = client.messages(made.sid).fetch()
    assert (later.status, later.error_code, later.price) == ("delivered", None, "-0.00790")
    assert later.date_created <= later.date_sent <= later.date_updated
    assert later.date_updated > later.date_created


def test_a_message_from_a_service_has_no_sender_at_first(sim: RunningSimulator, client: Client) -> None:
    made = client.messages.create(to=TO, messaging_service_sid=MARKETING, body="A walk at noon")
    assert (made.status, made.from_, made.num_segments, made.price_unit) == ("accepted", None, "0", None)
    sim.advance(300)
    later = client.messages(made.sid).fetch()
    assert (later.status, later.num_segments) == ("delivered", "1")
    assert later.from_ in sim.config.services[MARKETING]


def test_messages_are_listed_newest_first_over_several_pages(sim: RunningSimulator, client: Client) -> None:
    sids = sim.add_messages(130)
    assert [row.sid for row in client.messages.list(page_size=50)] == sids[::-1]
    assert [row.sid for row in client.messages.list(limit=7)] == sids[:-8:-1]


def test_pages_lead_forward_and_back(sim: RunningSimulator, client: Client) -> None:
    sids = sim.add_messages(5)[::-1]
    pages = [client.messages.page(page_size=2)]
    pages.append(pages[0].next_page())
    pages.append(pages[1].next_page())
    assert [[row.sid for row in page] for page in pages] == [sids[:2], sids[2:4], sids[4:]]
    assert pages[2].next_page() is None
    assert pages[0].previous_page() is None
    assert [row.sid for row in pages[2].previous_page()] == sids[2:4]


def test_what_arrives_while_somebody_walks_neither_repeats_nor_shifts(sim: RunningSimulator, client: Client) -> None:
    sids = sim.add_messages(4)[::-1]
    first = client.messages.page(page_size=2)
    client.messages.create(to=TO, from_=SENDER, body="new")
    client.messages(sids[1]).delete()
    assert [row.sid for row in first.next_page()] == sids[2:]


def test_a_message_can_be_redacted_and_deleted(client: Client) -> None:
    made = client.messages.create(to=TO, from_=SENDER, body="secret")
    assert client.messages(made.sid).update(body="").body == ""
    assert client.messages(made.sid).delete()
    with pytest.raises(TwilioRestException) as refused:
        client.messages(made.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_scheduled_message_can_be_cancelled_or_goes_out(sim: RunningSimulator, client: Client) -> None:
    at = datetime.now(UTC) + timedelta(minutes=10)
    made = [
        client.messages.create(to=TO, messaging_service_sid=MARKETING, body="x", schedule_type="fixed", send_at=at)
        for _ in range(2)
    ]
    assert {one.status for one in made} == {"scheduled"}
    assert client.messages(made[0].sid).update(status="canceled").status == "canceled"
    sim.advance(540)
    assert client.messages(made[1].sid).fetch().status == "scheduled"
    sim.advance(300)
    assert [client.messages(one.sid).fetch().status for one in made] == ["canceled", "delivered"]
    with pytest.raises(TwilioRestException) as refused:
        client.messages(made[1].sid).update(status="canceled")
    assert refused.value.code == 30409


def test_calls_are_placed_listed_and_hung_up(sim: RunningSimulator, client: Client) -> None:
    made = client.calls.create(to="+13125550100", from_=SENDER, url="http://example.com/answer")
    assert (made.status, made.start_time, made.duration) == ("queued", None, None)
    sids = sim.add_calls(60)
    assert {row.sid for row in client.calls.list(page_size=25)} == {made.sid, *sids}
    assert client.calls(made.sid).update(status="completed").status == "completed"
    assert client.calls(sids[0]).fetch().price.startswith("-")
    with pytest.raises(TwilioRestException) as refused:
        client.calls(made.sid).update(status="completed")
    assert refused.value.code == 21220


@pytest.mark.parametrize("missing", [{"to": ""}, {"from_": ""}, {"url": ""}])
def test_a_call_needs_to_from_and_what_to_say(client: Client, missing: dict[str, str]) -> None:
    order = {"to": "+13125550100", "from_": SENDER, "url": "http://example.com/answer"} | missing
    with pytest.raises(TwilioRestException):
        client.calls.create(**order)


def test_a_call_rings_is_answered_and_ends(sim: RunningSimulator, client: Client) -> None:
    sid = sim.call("+13125550100", SENDER, end="completed")
    seen = [client.calls(sid).fetch().status]
    for _ in range(80):
        sim.advance(0.25)
        status = client.calls(sid).fetch().status
        if status != seen[-1]:
            seen.append(status)
    sim.advance(1200)
    ended = client.calls(sid).fetch()
    assert [*seen, ended.status][:3] == ["queued", "ringing", "in-progress"]
    assert ended.status == "completed"
    assert int(ended.duration) > 0
    assert ended.end_time > ended.start_time
    assert ended.price.startswith("-0.0")


@pytest.mark.parametrize("end", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_nobody_answers(sim: RunningSimulator, client: Client, end: str) -> None:
    sid = sim.call("+13125550100", SENDER, end=end)
    sim.advance(120)
    call = client.calls(sid).fetch()
    assert (call.status, call.duration, call.price) == (end, "0", None)
    # A call has no error code: what went wrong is in the log, about the call.
    assert [alert.resource_sid for alert in client.monitor.v1.alerts.list()] == ([sid] if end == "failed" else [])


def test_alerts_are_listed_and_fetched(sim: RunningSimulator, client: Client) -> None:
    sids = [sim.alert(11200, f"SM{n:032x}", url="https://hooks.example.com/sms") for n in range(120)]
    listed = client.monitor.v1.alerts.list(page_size=50)
    assert {row.sid for row in listed} == set(sids)
    assert {row.error_code for row in listed} == {"11200"}
    one = client.monitor.v1.alerts(sids[0]).fetch()
    assert (one.resource_sid, one.log_level) == (f"SM{0:032x}", "error")
    assert "Msg=Internal+Server+Error" in one.alert_text
    page = client.monitor.v1.alerts.page(page_size=50).next_page()
    assert len(list(page)) == 50
    assert len(list(page.previous_page())) == 50


def test_the_account_can_be_fetched(client: Client, sim: RunningSimulator) -> None:
    assert client.api.v2010.accounts(sim.account_sid).fetch().status == "active"


PARENT = SimulatedAccount("AC" + "1" * 32, "parent", keys={"SK" + "1" * 32: "secret"})
CHILD = SimulatedAccount("AC" + "2" * 32, "child", parent=PARENT.sid)


@pytest.mark.parametrize(
    ("login", "password", "asked", "status"),
    [
        (PARENT.sid, "parent", PARENT.sid, 200),
        (PARENT.sid, "parent", CHILD.sid, 200),
        (CHILD.sid, "child", CHILD.sid, 200),
        ("SK" + "1" * 32, "secret", PARENT.sid, 200),
        # An API key does not reach a sub-account, nor a sub-account its parent.
        ("SK" + "1" * 32, "secret", CHILD.sid, 401),
        (CHILD.sid, "child", PARENT.sid, 401),
        (PARENT.sid, "wrong", PARENT.sid, 401),
        ("AC" + "9" * 32, "parent", PARENT.sid, 401),
        (PARENT.sid, "parent", "AC" + "9" * 32, 404),
    ],
)
def test_who_may_see_what(login: str, password: str, asked: str, status: int) -> None:
    with running(SimulatorConfig(accounts=(PARENT, CHILD), speed=0)) as sim:
        client = official(sim, login, password)
        try:
            answer = client.request("GET", f"{sim.url}/2010-04-01/Accounts/{asked}/Messages.json")
        finally:
            client.http_client.session.close()
    assert answer.status_code == status
    if status == 401:
        assert '"code":20003' in answer.text


def test_alerts_are_those_of_the_account_that_asks() -> None:
    with running(SimulatorConfig(accounts=(PARENT, CHILD), speed=0)) as sim:
        sim.alert(11200, "SM1", account_sid=CHILD.sid)
        for account, number in ((PARENT, 0), (CHILD, 1)):
            client = official(sim, account.sid, account.token)
            assert len(client.monitor.v1.alerts.list()) == number
            client.http_client.session.close()


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic ?"}])
def test_credentials_that_are_none(sim: RunningSimulator, header: dict[str, str]) -> None:
    answer = requests.get(sim.url + "/v1/Alerts", headers=header, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
