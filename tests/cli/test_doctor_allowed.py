"""The doctor on what a restricted key may do: each permission that is missing is found, and named as Twilio does."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from giftpulse.doctor import allowed
from giftpulse.doctor.finding import Finding
from giftpulse.simulator import SimulatorConfig
from giftpulse.simulator.config import SimulatedAccount
from tests.daily.world import World, living

KEY, OURS = "SK" + "1" * 32, "+12065550111"
MESSAGES, CALLS, ALERTS = "/twilio/messaging/messages", "/twilio/voice/calls", "/twilio/monitor/alerts"
WATCHING = {f"{MESSAGES}/list", f"{MESSAGES}/read", f"{CALLS}/list", f"{CALLS}/read", f"{ALERTS}/list"}
ALL = frozenset({*WATCHING, f"{MESSAGES}/create"})


@contextmanager
def with_key(database_url: str, may: frozenset[str], **settings: str) -> Iterator[World]:
    """A site that speaks to Twilio by a key that may do this, where there is a message and a call."""
    account = SimulatedAccount(keys={KEY: "secret"}, permissions={KEY: may})
    values = {"twilio_api_key_sid": KEY, "twilio_api_key_secret": "secret", **settings}
    with living(database_url, SimulatorConfig(speed=0, accounts=(account,)), **values) as world:
        world.twilio.add_messages(1)
        world.twilio.add_calls(1)
        yield world


def looked(world: World) -> dict[str, Finding]:
    settings = world.site.settings
    read = (allowed.twilio_messages(settings), allowed.twilio_calls(settings), allowed.twilio_alerts(settings))
    return {found.check: found for found in (*read, allowed.sending(world.site))}


def number_of_messages(world: World) -> int:
    number: int = world.twilio.state()["accounts"][world.twilio.account_sid]["messages"]
    return number


def test_a_key_that_may_do_all_of_it_is_good_and_nothing_is_sent(sqlite_url: str) -> None:
    with with_key(sqlite_url, ALL, twilio_from_number=OURS) as world:
        found = looked(world)
        assert {each.state for each in found.values()} == {"ok"}
        assert found["Twilio: sending"].says == "The API key may send. Nothing was sent."
        assert number_of_messages(world) == 1


@pytest.mark.parametrize(
    ("missing", "check"),
    [
        (f"{MESSAGES}/list", "Twilio: messages"),
        (f"{MESSAGES}/read", "Twilio: messages"),
        (f"{CALLS}/list", "Twilio: calls"),
        (f"{CALLS}/read", "Twilio: calls"),
        (f"{ALERTS}/list", "Twilio: alerts"),
        (f"{MESSAGES}/create", "Twilio: sending"),
    ],
)
def test_each_permission_that_is_missing_is_named(sqlite_url: str, missing: str, check: str) -> None:
    with with_key(sqlite_url, ALL - {missing}, twilio_from_number=OURS) as world:
        found = looked(world)
        assert [name for name, each in found.items() if each.state != "ok"] == [check]
        assert found[check].state == "fail"
        assert f"Give the API key {KEY} the permission {missing}," in str(found[check].mend)
        assert number_of_messages(world) == 1


def test_a_refusal_by_401_is_one_too(sqlite_url: str) -> None:
    with with_key(sqlite_url, ALL, twilio_from_number=OURS) as world:
        world.twilio.order("unauthorized", times=0, method="POST", path="Messages")
        found = allowed.sending(world.site)
    assert (found.state, f"{MESSAGES}/create" in str(found.mend), "20003" in found.says) == ("fail", True, True)


def test_a_program_of_its_own_sender_is_enough_to_ask(sqlite_url: str) -> None:
    with with_key(sqlite_url, frozenset(WATCHING)) as world:
        assert "there is no sender" in allowed.sending(world.site).says
        assert {each.state for each in looked(world).values()} == {"ok"}, "a monitor need not send"
        world.program(sender=OURS)
        assert allowed.sending(world.site).state == "fail"


def test_the_auth_token_may_do_everything_and_twilio_is_not_asked(sqlite_url: str) -> None:
    with living(sqlite_url, SimulatorConfig(speed=0), twilio_from_number=OURS) as world:
        before = world.twilio.state()["counts"].get("requests", 0)
        assert (allowed.sending(world.site).state, world.twilio.state()["counts"].get("requests", 0)) == ("ok", before)


def test_troubles_of_twilio_are_no_missing_permission(sqlite_url: str) -> None:
    with with_key(sqlite_url, ALL, twilio_from_number=OURS) as world:
        world.twilio.order("error_before", times=0, method="POST", path="Messages", status=503)
        assert allowed.sending(world.site).state == "warn"
