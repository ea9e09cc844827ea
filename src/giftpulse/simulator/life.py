"""How a message moves from status to status, and what is filled in on the way."""

import random
from collections.abc import Sequence
from functools import partial

from giftpulse.simulator.alerting import webhook_failed
from giftpulse.simulator.fates import DELIVERED, Fate, Step, drawn, magic, steps
from giftpulse.simulator.messages import Message
from giftpulse.simulator.places import country, price
from giftpulse.simulator.telling import tell_status
from giftpulse.simulator.world import World
from giftpulse.twilio.error_codes import explain
from giftpulse.twilio.segments import count
from giftpulse.twilio.statuses import is_settled, rank

# Every so many messages never get a price (twilio-node#45).
_FREE_OF_PRICE = 0.02


def fate_of(world: World, message: Message, rng: random.Random) -> Fate:
    """What is to become of a message: opted out, as its magic number says, by an incident, or by the odds."""
    sender = message.service_sid or message.from_
    if world.opt_outs.has(sender, message.to):
        return Fate("failed", 21610)
    ordered = magic(message.to)
    if ordered is not None:
        return ordered
    for rule in world.rules:
        about = rule.service_sid in (None, message.service_sid) and rule.country in (None, country(message.to))
        if about and rng.random() < rule.chance:
            return drawn(rng, rule.odds)
    return drawn(rng, world.odds)


def begin(world: World, message: Message) -> None:
    """Send a message that is accepted or queued on its way."""
    rng = world.rng("life", message.sid)
    _go(world, message, steps(rng, message.status, fate_of(world, message, rng)), message.plan)
    if message.expires is not None:
        world.schedule.at(message.expires, partial(_expire, world, message))


def _go(world: World, message: Message, left: Sequence[Step], plan: int) -> None:
    if left:
        world.schedule.after(left[0].after, partial(_take, world, message, left, plan))


def _take(world: World, message: Message, left: Sequence[Step], plan: int) -> None:
    if message.plan == plan:
        move(world, message, left[0].status, left[0].code)
        _go(world, message, left[1:], plan)


def _expire(world: World, message: Message) -> None:
    if rank("message", message.status) < rank("message", "sent"):
        force(world, message, "failed", 30036)


def force(world: World, message: Message, status: str, code: int | None = None) -> None:
    """Put a message into a status, whatever its life was to be; nothing follows of itself."""
    message.plan += 1
    move(world, message, status, code)


def move(world: World, message: Message, status: str, code: int | None = None) -> None:
    """A message has reached a status: fill in what Twilio knows by then, and tell those who asked."""
    message.status = status
    message.updated = world.schedule.now()
    if message.from_ is None and status != "canceled":
        message.from_ = world.rng("sender", message.sid).choice(world.senders(message.service_sid or ""))
    message.segments = count(message.body).segments
    if code is not None:
        message.error_code = code
        message.error_message = explain(code).meaning
    if message.sent is None and status in {"sent", "delivered", "undelivered", "read", "partially_delivered"}:
        message.sent = message.updated
        rng = world.rng("price", message.sid)
        if rng.random() >= _FREE_OF_PRICE:
            world.schedule.after(rng.uniform(5.0, 90.0), partial(_price, world, message))
    world.counts[f"messages {status}"] += 1
    tell_status(world, message, partial(webhook_failed, world, message.sid, message.account_sid))


def _price(world: World, message: Message) -> None:
    message.price = price(message.to, message.segments)
    message.price_unit = "USD"
    message.updated = world.schedule.now()


def settled_at_once(message: Message, fate: Fate = DELIVERED) -> None:
    """Give a message out of the past the end that it has had, without telling anybody."""
    message.status = fate.status
    message.error_code = fate.code
    message.error_message = None if fate.code is None else explain(fate.code).meaning
    if is_settled("message", fate.status) and fate.status != "failed":
        message.price = price(message.to, message.segments)
