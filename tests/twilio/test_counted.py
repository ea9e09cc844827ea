"""Requests to Twilio are counted, by what came of them."""

import asyncio
from collections.abc import Iterator

import pytest

from giftpulse.ground.counters import OWN, outcome_of
from giftpulse.ground.settings import Settings, load
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from giftpulse.twilio.accounts import Account
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import MESSAGES
from giftpulse.twilio.rest import TwilioRest


@pytest.fixture
def twilio() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


def counted(method: str = "GET") -> dict[str, float]:
    kinds = ("ok", "refused", "too_many", "error", "unreachable", "no_answer")
    return {
        kind: OWN.get_sample_value("giftpulse_twilio_requests_total", {"method": method, "outcome": kind}) or 0
        for kind in kinds
    }


def grown(before: dict[str, float], method: str = "GET") -> dict[str, float]:
    return {kind: number - before[kind] for kind, number in counted(method).items() if number != before[kind]}


def at(twilio: RunningSimulator) -> Settings:
    return load(_env_file=None, twilio_api_url=twilio.url, twilio_monitor_url=twilio.url, twilio_timeout_seconds=0.5)


def fetch(twilio: RunningSimulator, settings: Settings, password: str | None = None) -> None:
    async def ask() -> None:
        account = Account(twilio.account_sid, twilio.account_sid, password or twilio.auth_token, ())
        async with TwilioRest(account, settings) as rest:
            await rest.fetch(MESSAGES, "SM" + "0" * 32)

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("fault", "more", "outcome"),
    [
        ("too_many_requests", {}, "too_many"),
        ("error_before", {"status": 503}, "error"),
        ("latency", {"seconds": 2}, "no_answer"),
    ],
)
def test_requests_are_counted_by_what_came_of_them(
    twilio: RunningSimulator, fault: str, more: dict[str, int], outcome: str
) -> None:
    before = counted()
    twilio.order(fault, times=1, **more)
    fetch(twilio, at(twilio))
    assert grown(before) == {outcome: 1, "refused": 1}  # and then Twilio says that it does not know the message
    assert OWN.get_sample_value("giftpulse_twilio_requests_in_flight") == 0


def test_who_cannot_be_reached_is_counted_as_such(twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("giftpulse.twilio.rest._TRIES", 2)
    before = counted()
    nowhere = load(_env_file=None, twilio_api_url="http://127.0.0.1:9", twilio_monitor_url="http://127.0.0.1:9")
    with pytest.raises(TwilioError):
        fetch(twilio, nowhere)
    assert grown(before) == {"unreachable": 2}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (201, "ok"), (400, "refused"), (404, "refused"), (429, "too_many"), (500, "error")],
)
def test_what_a_status_is_counted_as(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome
