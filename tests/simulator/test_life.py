"""The lives of messages: magic numbers, odds, determinism, validity, opt-outs."""

import time
from collections import Counter
from itertools import pairwise

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from giftpulse.ground.errors import NotFoundError
from giftpulse.simulator import MARKETING, RunningSimulator, SimulatorConfig, running
from giftpulse.simulator.chance import chance
from giftpulse.simulator.fates import ODDS, Fate, drawn, failure, magic, steps
from giftpulse.twilio.statuses import rank
from tests.simulator.receiver import Inbox, official

SENDER = "+12065550111"


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        ("+15005540001", "delivered", None),
        ("+15005540002", "sent", None),
        ("+15005540003", "queued", None),
        ("+15005540004", "read", None),
        ("+15005540005", "sending", None),
        ("+15005540006", "partially_delivered", None),
        ("+15005540007", "teleported", None),
        ("+15005530003", "undelivered", 30003),
        ("+15005530007", "undelivered", 30007),
        ("+15005530034", "failed", 30034),
        ("+15005521610", "failed", 21610),
        ("+15005563016", "failed", 63016),
    ],
)
def test_a_magic_number_orders_the_end(
    sim: RunningSimulator, client: Client, to: str, status: str, code: int | None
) -> None:
    sid = client.messages.create(to=to, from_=SENDER, body="x").sid
    sim.advance(900)
    message = client.messages(sid).fetch()
    assert (message.status, message.error_code) == (status, code)
    never_sent = status in {"queued", "sending", "failed"}
    assert (message.date_sent is None) is never_sent
    assert (message.error_message is None) is (code is None)
    if never_sent:
        assert message.price is None


def test_any_other_number_is_left_to_chance() -> None:
    assert magic("+13125550188") is None
    assert failure(30005) == Fate("undelivered", 30005)


def test_about_92_percent_are_delivered() -> None:
    ends = Counter(drawn(chance(1, n)) for n in range(20_000))
    assert 0.91 < ends[Fate("delivered")] / 20_000 < 0.935
    assert {30003, 30005, 30006, 30007, 30008, 21610} <= {fate.code for fate in ends}
    assert abs(sum(share for share, _ in ODDS) - 1) < 1e-9


@pytest.mark.parametrize("first", ["accepted", "queued"])
def test_every_way_leads_forward(first: str) -> None:
    for _, fate in (*ODDS, (0, Fate("read")), (0, Fate("queued")), (0, Fate("partially_delivered"))):
        way = [first, *(step.status for step in steps(chance(1), first, fate))]
        assert all(rank("message", a) < rank("message", b) for a, b in pairwise(way))
        assert way[-1] == fate.status


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[tuple[object, ...]]:
        with running(SimulatorConfig(speed=0, seed=seed)) as sim:
            client = official(sim)
            for number in range(40):
                client.messages.create(to=f"+1312555{number:04}", messaging_service_sid=MARKETING, body="x")
            sim.advance(600)
            rows: list[tuple[object, ...]] = [
                (row.sid, row.from_, row.status, row.error_code, row.price) for row in client.messages.list()
            ]
            client.http_client.session.close()
            return rows

    assert story(7) == story(7)
    assert story(7) != story(8)


def test_a_message_expires_when_its_validity_ends(sim: RunningSimulator, client: Client) -> None:
    stuck = client.messages.create(to="+15005540003", from_=SENDER, body="x", validity_period=60).sid
    fast = client.messages.create(to="+15005540001", from_=SENDER, body="x", validity_period=600).sid
    sim.advance(59)
    assert client.messages(stuck).fetch().status == "queued"
    sim.advance(1000)
    assert (client.messages(stuck).fetch().status, client.messages(stuck).fetch().error_code) == ("failed", 30036)
    assert client.messages(fast).fetch().status == "delivered"


def test_who_has_said_stop_gets_nothing_until_start(sim: RunningSimulator, client: Client) -> None:
    person = "+13125550188"
    sim.receive(person, SENDER, " stop ")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=person, from_=SENDER, body="x")
    assert refused.value.code == 21610
    # The number is in a service, so the service as a whole may not either; it accepts, and fails.
    by_service = client.messages.create(to=person, messaging_service_sid=MARKETING, body="x")
    assert by_service.status == "accepted"
    sim.advance(60)
    assert client.messages(by_service.sid).fetch().error_code == 21610
    assert client.messages.create(to=person, from_="+13125550121", body="x").status == "queued"
    sim.receive(person, SENDER, "Stop please")
    sim.receive(person, SENDER, "START")
    assert client.messages.create(to=person, from_=SENDER, body="x").status == "queued"
    assert sim.state()["opt_outs"] == 0


def test_a_forced_status_stops_the_life_that_was_planned(sim: RunningSimulator, client: Client) -> None:
    sid = client.messages.create(to="+15005540001", from_=SENDER, body="x").sid
    call = sim.call("+13125550188", SENDER, end="completed")
    sim.force(sid, "undelivered", 30008)
    sim.force(call, "busy")
    sim.advance(600)
    assert (client.messages(sid).fetch().status, client.messages(sid).fetch().error_code) == ("undelivered", 30008)
    assert client.calls(call).fetch().status == "busy"
    with pytest.raises(NotFoundError):
        sim.force("SM0", "sent")


def test_time_runs_by_itself_at_its_speed(inbox: Inbox) -> None:
    with running(SimulatorConfig(speed=200)) as sim:
        client = official(sim)
        client.messages.create(to="+15005540001", from_=SENDER, body="x", status_callback=inbox.url + "/cb")
        limit = time.monotonic() + 10
        while inbox.statuses != ["sent", "delivered"]:
            assert time.monotonic() < limit, inbox.statuses
            time.sleep(0.01)
        client.http_client.session.close()
