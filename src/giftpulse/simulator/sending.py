"""Takes an order for a message, and changes one that was taken."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from giftpulse.simulator.life import begin, force
from giftpulse.simulator.messages import Message
from giftpulse.simulator.problems import Refusal
from giftpulse.simulator.validation import Order, checked
from giftpulse.simulator.world import Account, World
from giftpulse.twilio.segments import count


def create(world: World, account: Account, form: Mapping[str, Sequence[str]]) -> Message:
    """A message from a form of ``POST .../Messages.json``. Raises Refusal."""
    return accept(world, account, checked(world, form))


def accept(world: World, account: Account, order: Order, direction: str = "outbound-api") -> Message:
    """Store a message and send it on its way.

    From a number it begins ``queued``; from a messaging service ``accepted``, with no sender and "0" segments, or
    ``scheduled``.
    """
    now = world.schedule.now()
    pooled = order.service_sid is not None and order.from_ is None
    message = Message(
        sid=world.sids.new("MM" if order.media else "SM"),
        account_sid=account.sid,
        to=order.to,
        from_=order.from_,
        body=order.body,
        direction=direction,
        status="scheduled" if order.send_at else "accepted" if order.service_sid else "queued",
        created=now,
        updated=now,
        service_sid=order.service_sid,
        segments=0 if pooled else count(order.body).segments,
        media=order.media,
        price_unit=None if pooled else "USD",
        callback=order.callback or (world.webhooks.status if order.service_sid else None),
        expires=None if order.validity is None else (order.send_at or now) + timedelta(seconds=order.validity),
    )
    account.messages.add(message)
    world.counts["messages created"] += 1
    if order.send_at is None:
        begin(world, message)
    else:
        world.schedule.at(order.send_at, partial(_due, world, message, message.plan))
    return message


def _due(world: World, message: Message, plan: int) -> None:
    if message.plan == plan:
        message.status = "accepted"
        message.updated = world.schedule.now()
        begin(world, message)


def change(world: World, message: Message, form: Mapping[str, Sequence[str]]) -> Message:
    """``POST .../Messages/{sid}.json``: an empty Body redacts the text, Status=canceled cancels a scheduled one."""
    status = form.get("Status", [""])[-1]
    if status:
        if status != "canceled" or message.status not in {"scheduled", "accepted"}:
            raise Refusal(400, 30409, "This message cannot be canceled")
        force(world, message, "canceled")
    if "Body" in form:
        if form["Body"][-1]:
            raise Refusal(400, 20001, "Body can only be set to an empty string")
        message.body = ""
        message.updated = world.schedule.now()
    return message
