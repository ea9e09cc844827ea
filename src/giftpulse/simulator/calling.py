"""Calls: placed or received, ringing, answered or not, over."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from giftpulse.simulator.alerting import raise_alert, webhook_failed
from giftpulse.simulator.calls import Call
from giftpulse.simulator.messages import API_VERSION
from giftpulse.simulator.post_office import Letter
from giftpulse.simulator.problems import Refusal
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.world import Account, World
from giftpulse.twilio.statuses import is_settled

ENDS = (("completed", 0.80), ("no-answer", 0.09), ("busy", 0.06), ("failed", 0.04), ("canceled", 0.01))
# What is found in the log for a call that failed.
_FAILURES = (13224, 13225, 13227, 32011)


def place(
    world: World,
    account: Account,
    to: str,
    from_: str,
    *,
    direction: str = "outbound-api",
    end: str | None = None,
    callback: str | None = None,
) -> Call:
    """A call that lives by itself from here: queued (or, inbound, ringing) to ``end``, or one by chance."""
    sid = world.sids.new("CA")
    rng = world.rng("call", sid)
    now = world.schedule.now()
    call = Call(
        sid=sid,
        account_sid=account.sid,
        to=to,
        from_=from_,
        direction=direction,
        status="queued",
        created=now,
        updated=now,
        phone_number_sid=made_up("PN", to if direction == "inbound" else from_),
        callback=callback,
    )
    account.calls.add(call)
    world.counts["calls created"] += 1
    if direction == "inbound":
        move(world, call, "ringing")
    end = end or rng.choices([name for name, _ in ENDS], [share for _, share in ENDS])[0]
    _plan(world, call, rng, end)
    return call


def order(world: World, account: Account, form: Mapping[str, Sequence[str]]) -> Call:
    """A call from a form of ``POST .../Calls.json``. Raises Refusal."""
    given = {name: values[-1] for name, values in form.items()}
    if not given.get("To"):
        raise Refusal(400, 21201, "No 'To' number is specified")
    if not given.get("From"):
        raise Refusal(400, 21213, "No 'From' number is specified")
    if not (given.get("Url") or given.get("Twiml") or given.get("ApplicationSid")):
        raise Refusal(400, 21205, "Url parameter is required.")
    return place(world, account, given["To"], given["From"], callback=given.get("StatusCallback"))


def change(world: World, call: Call, status: str) -> Call:
    """``POST .../Calls/{sid}.json``: hang up (``completed``), or ``canceled`` before it is answered."""
    if status not in {"completed", "canceled"} or is_settled("call", call.status):
        raise Refusal(400, 21220, "Invalid call state: the call is not in-progress. Cannot redirect.")
    force(world, call, status)
    return call


def force(world: World, call: Call, status: str) -> None:
    """Put a call into a status, whatever was to come."""
    call.plan += 1
    move(world, call, status)


def move(world: World, call: Call, status: str) -> None:
    """A call has reached a status: its times, length and price, and at the end its callback."""
    now = world.schedule.now()
    call.status = status
    call.updated = now
    if status in {"ringing", "in-progress"} and call.started is None:
        call.started = now
    if is_settled("call", status):
        answered = status == "completed" and call.started is not None
        call.ended = now
        call.duration = int((now - (call.started or now)).total_seconds()) if answered else 0
        if answered:
            minutes = call.duration // 60 + 1
            world.schedule.after(20.0, partial(_price, world, call, f"{-0.014 * minutes:.5f}"))
        _tell(world, call)
    world.counts[f"calls {status}"] += 1


def settled_at_once(call: Call, end: str, seconds: int) -> None:
    """Give a call out of the past the end that it has had, without telling anybody."""
    call.status = end
    call.started = call.created
    call.ended = call.updated = call.created + timedelta(seconds=seconds)
    call.duration = seconds if end == "completed" else 0
    call.price = f"{-0.014 * (seconds // 60 + 1):.5f}" if end == "completed" else None


def _plan(world: World, call: Call, rng: random.Random, end: str) -> None:
    ring = rng.uniform(0.2, 1.5)
    answer = ring + rng.uniform(2.0, 12.0)
    way = [] if end == "failed" or call.status == "ringing" else [(ring, "ringing")]
    if end == "completed":
        way += [(answer, "in-progress"), (answer + min(rng.expovariate(1 / 90), 900.0), "completed")]
    else:
        way.append((answer + (20.0 if end == "no-answer" else 0.0), end))
    for after, status in way:
        world.schedule.after(after, partial(_take, world, call, status, call.plan))


def _take(world: World, call: Call, status: str, plan: int) -> None:
    if call.plan != plan:
        return
    move(world, call, status)
    if status == "failed":
        code = world.rng("failure", call.sid).choice(_FAILURES)
        raise_alert(world, code, call.sid, call.account_sid, details={"phonenumber": call.to})


def _price(world: World, call: Call, price: str) -> None:
    call.price = price
    call.updated = world.schedule.now()


def _tell(world: World, call: Call) -> None:
    """The status callback; only of the end, which is what ``StatusCallbackEvent`` is unless set."""
    if call.callback is None:
        return
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.from_,
        "To": call.to,
        "CallStatus": call.status,
        "Direction": call.direction,
        "ApiVersion": API_VERSION,
        "CallDuration": str(call.duration or 0),
        "SequenceNumber": "0",
        "CallbackSource": "call-progress-events",
        "Timestamp": f"{call.updated:%a, %d %b %Y %H:%M:%S} +0000",
    }
    token = world.account(call.account_sid).about.token
    then = partial(webhook_failed, world, call.sid, call.account_sid)
    world.office.post(Letter(call.callback, token, call.sid, made_up("", call.sid, call.status), form=form, then=then))
