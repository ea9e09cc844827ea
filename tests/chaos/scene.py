"""What goes on while the fleet is beaten: traffic of an account, rules that fire on its failures, a program whose
people are due one after the other."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from giftpulse.daily.outbox.models import Delivery
from giftpulse.ground import clock
from giftpulse.simulator import Mix, Simulator, Webhooks
from giftpulse.simulator.fates import Fate
from tests.daily.world import SENDER, World
from tests.service import Service

FAILED = ("failed", "undelivered")

_FAILURE = {
    "all": [
        {"field": "kind", "op": "eq", "value": "message"},
        {"field": "status", "op": "in", "value": list(FAILED)},
    ]
}

EACH = {
    "name": "each failure",
    "condition": _FAILURE,
    "trigger": {"type": "each", "group_by": ["to"]},
    "cooldown": "0s",
}
"""One alert for each number whose texts fail."""

MANY = {
    "name": "many failures",
    "condition": _FAILURE,
    "trigger": {"type": "threshold", "count": 3, "within": "1m", "group_by": ["error_code"]},
    "clear": {"below": 1, "for": "5s"},
    "cooldown": "0s",
}
"""One that opens and resolves again and again."""

# No codes that hold a sender or make a text go out again: what is counted here is one text for each.
_ODDS = ((0.92, Fate("delivered")), (0.05, Fate("undelivered", 30008)), (0.03, Fate("failed", 30005)))


def people(world: World, number: int, within: float, dice: random.Random) -> set[str]:
    """A program and people whose texts are due at random instants of so many seconds; answers their numbers."""
    zone = "Etc/UTC" if 1 <= datetime.now(UTC).hour <= 19 else "Asia/Tokyo"
    program = world.program(window_start="00:00", window_end="24:00", canary=False)
    # Numbers that the traffic does not make up: strangers of the same number may text STOP.
    ids = [world.person(program, zone, f"+1213555{each:04d}") for each in range(number)]
    world.plan()
    now = clock.now()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=now + timedelta(hours=26)))
        today = Delivery.window_end <= now + timedelta(days=1)
        for each in ids:
            at = now + timedelta(seconds=dice.uniform(0.0, within))
            session.execute(update(Delivery).where(today, Delivery.subscriber_id == each).values(send_at=at))
    return {str(world.subscriber(each).phone) for each in ids}


def rules(service: Service, told: str, wanted: Sequence[Mapping[str, object]] = (EACH, MANY)) -> list[int]:
    """The rules, and whom to tell; answers their ids."""
    ids = []
    for rule in wanted:
        rule_id = service.post("/api/rules", rule)["id"]
        service.post("/api/actions", {"rule_id": rule_id, "action_type": "webhook", "config": {"url": told}})
        ids.append(int(rule_id))
    return ids


def begin(world: World, address: str, rate: float) -> None:
    """Traffic, its callbacks and inbound texts pointed at us."""

    def act(simulator: Simulator) -> None:
        simulator.world.odds = _ODDS
        door = f"{address}/webhook/"
        simulator.point(Webhooks(door + "inbound", door + "status", door + "debugger"))
        simulator.traffic(rate, Mix(texts=0.8, answers=0.1, calls=0.08, alerts=0.02))

    world.twilio.do(act)


def texts(world: World) -> list[str]:
    """The number of everybody who got a daily text, once for each that Twilio took."""
    return world.twilio.do(
        lambda simulator: [
            message.to
            for message in simulator.world.account().messages
            if message.direction == "outbound-api" and message.from_ == SENDER
        ]
    )
