"""What is wrong with an order for a message is refused with Twilio's own code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from giftpulse.simulator import MARKETING, RunningSimulator, SimulatorConfig, running
from tests.simulator.receiver import official

GOOD: dict[str, Any] = {"to": "+13125550188", "from_": "+12065550111", "body": "hello"}
SERVICE = {"from_": None, "messaging_service_sid": MARKETING}
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "nonsense"}, 21211),
        ({"to": "+1"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"to": "+12065550111"}, 21266),
        ({"from_": None}, 21603),
        ({"from_": "not a number at all"}, 21212),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"media_url": ["http://a.example/1.jpg"] * 11}, 21623),
        ({"status_callback": "ftp://a.example/"}, 21609),
        ({"status_callback": "https://under_score.example/"}, 21609),
        ({"status_callback": "https://[::1/"}, 21609),
        ({"status_callback": "https://a.example/" + "x" * 4000}, 21609),
        ({"validity_period": 0}, 21624),
        ({"validity_period": 36001}, 21624),
        ({"from_": None, "messaging_service_sid": "MG1"}, 21705),
        ({"schedule_type": "fixed", "send_at": SOON}, 35118),
        ({"schedule_type": "fixed", **SERVICE}, 35111),
        ({"schedule_type": "loose", "send_at": SOON, **SERVICE}, 35126),
        ({"schedule_type": "fixed", "send_at": SOON + timedelta(days=36), **SERVICE}, 35114),
        ({"schedule_type": "fixed", "send_at": SOON - timedelta(minutes=58), **SERVICE}, 35114),
        ({"schedule_type": "fixed", "send_at": "soon", **SERVICE}, 35114),
    ],
)
def test_refused(client: Client, change: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{name: value for name, value in (GOOD | change).items() if value is not None})
    assert (refused.value.status, refused.value.code) == (400, code)
    assert client.messages.list() == []


@pytest.mark.parametrize(
    "change",
    [
        {"to": "(312) 555-0188"},
        {"to": "whatsapp:+13125550188", "from_": "whatsapp:+14155238886"},
        {"from_": "72645"},
        {"from_": "ACME Corp"},
        {"body": None, "media_url": ["http://a.example/1.jpg"]},
        {"validity_period": 1},
        {"status_callback": "http://127.0.0.1:9/cb?row=7#rc=2"},
        {"status_callback": "https://user:pass@[::1]:8443/cb"},
        # A service that the configuration does not name is taken all the same.
        {"from_": None, "messaging_service_sid": "MG" + "0" * 32},
        {"messaging_service_sid": MARKETING},
    ],
)
def test_taken(client: Client, change: dict[str, Any]) -> None:
    made = client.messages.create(**{name: value for name, value in (GOOD | change).items() if value is not None})
    assert made.sid.startswith("MM" if "media_url" in change else "SM")
    assert made.status in {"queued", "accepted"}


def test_a_service_without_senders() -> None:
    with running(SimulatorConfig(services={MARKETING: ()}, speed=0)) as sim:
        client = official(sim)
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=GOOD["to"], messaging_service_sid=MARKETING, body="hello")
        client.http_client.session.close()
    assert refused.value.code == 21704


def test_only_an_empty_body_can_be_set(client: Client, sim: RunningSimulator) -> None:
    made = client.messages.create(**GOOD)
    with pytest.raises(TwilioRestException):
        client.messages(made.sid).update(body="something else")
    assert client.messages(made.sid).fetch().body == "hello"
