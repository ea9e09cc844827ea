"""Numbers, short codes and messaging services, as the official SDK reads them; and what restricted keys may do."""

import pytest

from giftpulse.simulator import MARKETING, SimulatorConfig, Webhooks, running
from giftpulse.simulator.config import SimulatedAccount
from tests.simulator.receiver import Inbox, official

NUMBERS, SHORT, PERSON = ("+12065550111", "+12065550112"), "12345", "+13125550188"
CONFIG = SimulatorConfig(speed=0, services={MARKETING: (*NUMBERS, SHORT)}, deferring=frozenset({MARKETING}))


def test_what_is_in_a_service_and_where_each_leads() -> None:
    with running(CONFIG) as sim:
        client = official(sim)
        sim.point(Webhooks(inbound="https://a.example/", numbers={NUMBERS[1]: "https://b.example/"}))
        service = client.messaging.v1.services(MARKETING)
        assert service.fetch().use_inbound_webhook_on_number
        assert [each.phone_number for each in service.phone_numbers.list(page_size=1)] == list(NUMBERS)
        assert [each.short_code for each in service.short_codes.list()] == [SHORT]
        owned = {each.phone_number: each for each in client.incoming_phone_numbers.list(page_size=1)}
        assert {number: each.sms_url for number, each in owned.items()} == {
            NUMBERS[0]: "https://a.example/",
            NUMBERS[1]: "https://b.example/",
        }
        assert [each.sms_method for each in client.short_codes.list(short_code=SHORT)] == ["POST"]
        client.http_client.session.close()


@pytest.mark.parametrize(("deferring", "path"), [(frozenset({MARKETING}), "/own"), (frozenset(), "/service")])
def test_messages_go_where_the_service_or_its_number_says(inbox: Inbox, deferring: frozenset[str], path: str) -> None:
    hooks = Webhooks(inbound=f"{inbox.url}/service", numbers={NUMBERS[0]: f"{inbox.url}/own"})
    config = SimulatorConfig(speed=0, services={MARKETING: NUMBERS}, deferring=deferring, webhooks=hooks)
    with running(config) as sim:
        sim.receive(PERSON, NUMBERS[0], "hello")
        sim.settle()
    assert [one.path for one in inbox.received] == [path]


def test_a_restricted_key_may_do_what_it_was_given() -> None:
    key, permission = "SK" + "1" * 32, "/twilio/messaging/messages/list"
    account = SimulatedAccount(keys={key: "secret"}, permissions={key: frozenset({permission})})
    with running(SimulatorConfig(speed=0, accounts=(account,))) as sim:
        [sid] = sim.add_messages(1)
        client, base = official(sim, key, "secret"), f"{sim.url}/2010-04-01/Accounts/{sim.account_sid}"
        assert client.request("GET", f"{base}/Messages.json").status_code == 200
        for method, url in (
            ("GET", f"{base}/Messages/{sid}.json"),
            ("POST", f"{base}/Messages.json"),
            ("GET", f"{base}/Calls.json"),
            ("GET", f"{base}/Calls/{sid}.json"),
            ("GET", f"{base}/IncomingPhoneNumbers.json"),
            ("GET", f"{sim.url}/v1/Alerts"),
            ("GET", f"{sim.url}/v1/Services/{MARKETING}"),
            ("GET", f"{sim.url}/v1/Services/{MARKETING}/PhoneNumbers"),
        ):
            answer = client.request(method, url, data={"To": PERSON, "From": NUMBERS[0], "Body": "hello"})
            assert (answer.status_code, '"code":20403' in answer.text) == (403, True), url
        client.http_client.session.close()
        assert sim.state()["accounts"][sim.account_sid]["messages"] == 1
