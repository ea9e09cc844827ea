"""The doctor on the ways in and out: signatures behind a proxy, senders, their webhooks, queues, zones, clear mail."""

import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.doctor import doors, outside, people, senders
from giftpulse.doctor.finding import Finding
from giftpulse.ground.settings import load
from giftpulse.logs.models import LogBatch, LogReject
from giftpulse.simulator import SimulatorConfig, Webhooks
from giftpulse.simulator.config import MARKETING
from giftpulse.twilio import senders as looking
from tests import make
from tests.cli.test_doctor import _answering
from tests.daily.world import World, living
from tests.monitor.channels.mailserver import mail_server
from tests.service import serving

OURS, STRANGER, SHORT = "+12065550111", "+12025550199", "12345"
PULSE = "https://pulse.example.org"


def test_a_signed_request_is_taken_and_leaves_nothing(database_url: str) -> None:
    with living(database_url) as world, serving(world.site) as service:
        found = doors.signature(world.site.settings.model_copy(update={"public_url": service.url}))
        assert found.state == "ok", found
        assert "was taken" in found.says
        with world.site.database.read() as session:
            for table in (LogBatch, LogReject):
                assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_signature_that_fails_behind_a_proxy_is_told(sqlite_url: str) -> None:
    """The service believes to be at another address than the one that is called, or has another token."""
    with living(sqlite_url, public_url=PULSE) as world, serving(world.site) as service:
        called = world.site.settings.model_copy(update={"public_url": service.url})
        found = doors.signature(called)
    assert (found.state, "(403)" in found.says) == ("fail", True)
    assert "proxy" in str(found.mend)
    assert "does not answer" in doors.signature(called).says


def test_a_proxy_that_answers_itself_is_told() -> None:
    account = {"twilio_account_sid": make.ACCOUNT, "twilio_auth_token": make.TOKEN}
    with _answering(200, b"") as url:  # it takes GET alone
        found = doors.signature(load(public_url=url, **account))
    assert (found.state, "501" in found.says) == ("fail", True)
    assert doors.signature(load(public_url=PULSE)).says.startswith("Not tried")


def looked(world: World, **settings: object) -> tuple[Finding, Finding]:
    object.__setattr__(world.site, "settings", world.site.settings.model_copy(update=settings))
    return senders.in_account(world.site), senders.inbound(world.site)


def test_senders_that_are_not_ours_are_told(sqlite_url: str) -> None:
    with living(sqlite_url) as world:
        assert "there is no sender" in looked(world)[0].says
        assert looked(world, twilio_from_number=OURS)[0].state == "ok"
        assert looked(world, twilio_messaging_service_sid=MARKETING)[0].state == "ok"
        world.program(sender=STRANGER)
        world.program(sender="MG" + "0" * 32, name="Another", slug="another")
        found, inbound = looked(world)
    assert found.state == "fail"
    assert f"MG{'0' * 32}" in found.says
    assert STRANGER in found.says
    assert OURS not in found.says
    assert "PUBLIC_URL is not set" in inbound.says


@pytest.mark.parametrize("sender", [OURS, MARKETING])
def test_answers_that_go_elsewhere_are_told(sqlite_url: str, sender: str) -> None:
    with living(sqlite_url, public_url=PULSE) as world:
        world.program(sender=sender)
        found = looked(world)[1]
        assert (found.state, "nowhere" in found.says) == ("warn", True)
        world.twilio.point(Webhooks(inbound="https://old.example.org/sms"))
        assert "https://old.example.org/sms" in looked(world)[1].says
        world.twilio.point(Webhooks(inbound=f"{PULSE}/webhook/inbound"))
        assert looked(world)[1].state == "ok"


def test_a_webhook_that_is_called_by_get_is_told(sqlite_url: str) -> None:
    """Our door takes POST alone."""
    with living(sqlite_url, public_url=PULSE) as world:
        world.twilio.point(Webhooks(inbound=f"{PULSE}/webhook/inbound", inbound_method="GET"))
        for sender in (OURS, MARKETING):
            world.program(sender=sender, name=sender, slug=sender.lower().strip("+"))
            found = looked(world)[1]
            assert (found.state, f"{sender}: {PULSE}/webhook/inbound, by GET" in found.says) == ("warn", True)


DEFERRING = SimulatorConfig(
    speed=0, deferring=frozenset({MARKETING}), services={MARKETING: (OURS, "+12065550112", SHORT)}
)


def test_a_service_that_leaves_it_to_its_numbers_is_followed_to_each(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "_PAGE", 1)  # so that each list has a page for each of its numbers
    ours = f"{PULSE}/webhook/inbound"
    with living(sqlite_url, DEFERRING, public_url=PULSE) as world:
        world.program(sender=MARKETING)
        assert looked(world)[1].says.count("nowhere") == 3
        world.twilio.point(Webhooks(numbers={OURS: ours, "+12065550112": ours, SHORT: f"{ours}#rc=3"}))
        assert looked(world)[1] == Finding(
            "Webhook of inbound messages", "ok", f"Messages to {OURS}, +12065550112, {SHORT} come to {ours}."
        )
        # What the service itself says does not count.
        world.twilio.point(Webhooks(inbound=ours, numbers={"+12065550112": "https://old.example.org/sms"}))
        found = looked(world)[1]
    assert (found.state, "(+12065550112: https://old.example.org/sms)" in found.says) == ("warn", True)


@pytest.mark.parametrize(
    ("path", "says"),
    [("PhoneNumbers", f"{MARKETING} leaves it to its numbers"), ("IncomingPhoneNumbers", f"{OURS} is not shown (401)")],
)
def test_numbers_of_a_service_that_cannot_be_seen_are_no_good_sign(sqlite_url: str, path: str, says: str) -> None:
    with living(sqlite_url, DEFERRING, public_url=PULSE) as world:
        world.program(sender=MARKETING)
        world.twilio.point(Webhooks(numbers={SHORT: f"{PULSE}/webhook/inbound"}))
        world.twilio.order("unauthorized", times=0, path=f"/{path}")
        found = looked(world)[1]
    assert (found.state, says in found.says, f"{PULSE}/webhook/inbound" in str(found.mend)) == ("warn", True, True)


def test_a_service_that_leaves_it_to_numbers_that_it_has_not_is_told(sqlite_url: str) -> None:
    empty = SimulatorConfig(speed=0, deferring=frozenset({MARKETING}), services={MARKETING: ()})
    with living(sqlite_url, empty, public_url=PULSE) as world:
        world.program(sender=MARKETING)
        found = looked(world)[1]
    assert (found.state, "has none" in found.says) == ("warn", True)


def test_a_short_code_is_found_among_short_codes(sqlite_url: str) -> None:
    with living(sqlite_url, DEFERRING, public_url=PULSE) as world:
        world.twilio.point(Webhooks(inbound=f"{PULSE}/webhook/inbound"))
        assert [each.state for each in looked(world, twilio_from_number=SHORT)] == ["ok", "ok"]
        assert looked(world, twilio_from_number="54321")[0].state == "fail"


def test_twilio_that_refuses_or_is_gone_is_no_verdict(sqlite_url: str) -> None:
    with living(sqlite_url, public_url=PULSE) as world:
        world.program(sender=OURS)
        found = looked(world, twilio_auth_token=SecretStr("x" * 32))
        assert [each.state for each in found] == ["warn", "ok"]
        assert "(401)" in found[0].says
        assert "Not known" in found[1].says
        assert [each.state for each in looked(world, twilio_api_url="http://127.0.0.1:9")] == ["warn", "warn"]


def test_zones_of_people_that_nobody_knows_are_told(sqlite_url: str) -> None:
    with living(sqlite_url) as world:
        person = world.person(world.program())
        assert people.known_zones(world.site).state == "ok"
        with world.site.database.begin() as session:
            session.execute(update(Subscriber).where(Subscriber.id == person).values(timezone="Mars/Olympus"))
        found = people.known_zones(world.site)
    assert (found.state, "Mars/Olympus" in found.says) == ("fail", True)


def test_mail_in_the_clear_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_HERE", ())  # as if this machine were another

    async def look() -> Finding:
        async with mail_server("none", None, False) as mail:
            far = load(smtp_host="localhost", smtp_from="a@example.org", smtp_port=mail.port, smtp_tls="none")
            return await asyncio.to_thread(outside.mail, far)

    found = asyncio.run(look())
    assert (found.state, "in the clear" in found.says) == ("warn", True)
