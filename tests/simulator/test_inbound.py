"""A person texts: the webhook, the record, keywords, and what the TwiML answer leads to."""

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from giftpulse.simulator import AUTH_TOKEN, MARKETING, RunningSimulator, SimulatorConfig, Webhooks, running
from giftpulse.simulator.opt_outs import opt_out_type
from giftpulse.simulator.twiml import NotTwiMLError, Reply, replies
from tests.simulator.receiver import Inbox

PERSON, IN_SERVICE, ALONE = "+13125550188", "+12065550111", "+12065550199"


@pytest.fixture
def door(sim: RunningSimulator, inbox: Inbox) -> Inbox:
    sim.point(Webhooks(inbound=inbox.url + "/inbound"))
    return inbox


def test_the_webhook_is_signed_and_the_record_is_there(sim: RunningSimulator, client: Client, door: Inbox) -> None:
    sid = sim.receive(PERSON, IN_SERVICE, "grüße ✨", media=2)
    sim.settle()
    [one] = door.received
    form = one.form
    assert RequestValidator(AUTH_TOKEN).validate(door.url + "/inbound", form, one.headers["x-twilio-signature"])
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == sid
    assert (form["From"], form["To"], form["Body"]) == (PERSON, IN_SERVICE, "grüße ✨")
    assert (form["NumMedia"], form["MediaContentType1"]) == ("2", "image/jpeg")
    assert (form["SmsStatus"], form["MessagingServiceSid"], form["FromCountry"]) == ("received", MARKETING, "US")
    row = client.messages(sid).fetch()
    assert (row.direction, row.status, row.num_media, row.from_) == ("inbound", "received", "2", PERSON)
    assert sid.startswith("MM")


@pytest.mark.parametrize(
    ("to", "body", "said"),
    [
        (IN_SERVICE, "STOP", "STOP"),
        (IN_SERVICE, "optout", "STOP"),
        (IN_SERVICE, "Unstop ", "START"),
        (IN_SERVICE, "help", "HELP"),
        (IN_SERVICE, "Stop please", None),
        (ALONE, "STOP", None),
    ],
)
def test_keywords_in_a_service(sim: RunningSimulator, door: Inbox, to: str, body: str, said: str | None) -> None:
    sim.receive(PERSON, to, body)
    sim.settle()
    assert door.received[0].form.get("OptOutType") == said


def test_without_advanced_opt_out_there_is_no_type(inbox: Inbox) -> None:
    webhooks = Webhooks(inbound=inbox.url + "/inbound")
    with running(SimulatorConfig(speed=0, advanced_opt_out=False, webhooks=webhooks)) as sim:
        sim.receive(PERSON, IN_SERVICE, "STOP")
        sim.settle()
        assert sim.state()["opt_outs"] == 2
    assert "OptOutType" not in inbox.received[0].form


def test_a_message_verb_becomes_a_reply(sim: RunningSimulator, client: Client, door: Inbox) -> None:
    twiml = f'<Response><Message statusCallback="{door.url}/cb">You are in!</Message><Message/></Response>'
    door.answers["/inbound"] = (200, "text/xml", twiml)
    sim.receive("+15005540001", IN_SERVICE, "JOIN")
    sim.settle()
    [reply] = [row for row in client.messages.list() if row.direction == "outbound-reply"]
    assert (reply.from_, reply.to, reply.body) == (IN_SERVICE, "+15005540001", "You are in!")
    sim.advance(300)
    assert reply.fetch().status == "delivered"
    assert [one.form["MessageStatus"] for one in door.received if one.path == "/cb"] == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("status", "kind", "text", "code"),
    [
        (500, "text/plain", "boom", "11200"),
        (200, "text/xml", "<Response><Message>", "12100"),
        (200, "text/xml", "<html></html>", "12100"),
        (200, "application/pdf", "<Response><Message>hi</Message></Response>", "12300"),
        (200, "text/xml", f'<Response><Message to="{IN_SERVICE}">hi</Message></Response>', "14101"),
    ],
)
def test_a_bad_answer_raises_an_alert(
    sim: RunningSimulator, client: Client, door: Inbox, status: int, kind: str, text: str, code: str
) -> None:
    door.answers["/inbound"] = (status, kind, text)
    sid = sim.receive(PERSON, IN_SERVICE, "hi")
    sim.settle()
    [alert] = client.monitor.v1.alerts.list()
    assert (alert.error_code, alert.resource_sid) == (code, sid)
    assert len(client.messages.list()) == 1


@pytest.mark.parametrize("answer", [(200, "text/xml", "<Response/>"), (204, "text/plain", ""), (200, "text/xml", "")])
def test_an_empty_answer_is_fine(
    sim: RunningSimulator, client: Client, door: Inbox, answer: tuple[int, str, str]
) -> None:
    door.answers["/inbound"] = answer
    sim.receive(PERSON, IN_SERVICE, "hi")
    sim.settle()
    assert client.monitor.v1.alerts.list() == []
    assert len(client.messages.list()) == 1


def test_plain_text_is_a_reply(sim: RunningSimulator, client: Client, door: Inbox) -> None:
    door.answers["/inbound"] = (200, "text/plain", "hello there")
    sim.receive(PERSON, ALONE, "hi")
    sim.settle()
    assert [row.body for row in client.messages.list()] == ["hello there", "hi"]


def test_twiml() -> None:
    text = '<Response><Message to="+1" action="/a"><Body>one</Body><Media>u</Media></Message><Redirect/></Response>'
    assert replies(text) == [Reply("one", 1, "+1", "/a")]
    assert replies("  ") == replies("<Response/>") == []
    with pytest.raises(NotTwiMLError):
        replies("hello")


@pytest.mark.parametrize("word", ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"])
def test_every_word_for_stop(word: str) -> None:
    assert opt_out_type(word.lower()) == "STOP"
    assert opt_out_type(word + " now") is None
