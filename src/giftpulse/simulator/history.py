"""Records out of the past, many at a time: what an account has when a monitor first meets it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from giftpulse.simulator.calling import settled_at_once as call_settled
from giftpulse.simulator.calls import Call
from giftpulse.simulator.fates import Fate, drawn, failure
from giftpulse.simulator.life import settled_at_once
from giftpulse.simulator.messages import Message
from giftpulse.simulator.places import somebody
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.world import Account, World


def add_messages(
    world: World,
    number: int,
    *,
    account_sid: str | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    status: str | None = None,
    error_code: int | None = None,
    direction: str = "outbound-api",
    to: str | None = None,
    sender: str | None = None,
    service_sid: str | None = None,
    body: str = "Your daily gift is here.",
) -> list[str]:
    """Store messages, evenly from ``first`` to ``last`` (by default the last hour); nobody is told. Answers the SIDs.

    Without a status and a code, each has one by the odds. Those that were never sent have no ``date_sent``.
    """
    account = world.account(account_sid)
    rng = world.rng("history", len(account.messages))

    def made(created: datetime) -> Message:
        fate = _ordered(status, error_code) or drawn(rng, world.odds)
        unsent = fate.status in {"accepted", "scheduled", "queued", "sending", "failed", "canceled"}
        message = Message(
            sid=world.sids.new("SM"),
            account_sid=account.sid,
            to=to or somebody(rng),
            from_=sender or rng.choice(world.senders(service_sid) if service_sid else ("+12065550111",)),
            body=body,
            direction=direction,
            status="queued",
            created=created,
            updated=created + timedelta(seconds=5),
            sent=None if unsent else created + timedelta(seconds=2),
            service_sid=service_sid,
        )
        settled_at_once(message, fate)
        return message

    messages = [made(at) for at in _instants(world, number, first, last)]
    account.messages.add_many(messages)
    return [message.sid for message in messages]


def add_calls(
    world: World,
    number: int,
    *,
    account_sid: str | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    status: str = "completed",
    to: str | None = None,
) -> list[str]:
    """Store calls that are over, evenly from ``first`` to ``last``. Answers the SIDs."""
    account = world.account(account_sid)
    rng = world.rng("history", len(account.calls))
    calls = [_call(world, account, rng, at, status, to) for at in _instants(world, number, first, last)]
    account.calls.add_many(calls)
    return [call.sid for call in calls]


def _call(world: World, account: Account, rng: random.Random, at: datetime, status: str, to: str | None) -> Call:
    call = Call(
        sid=world.sids.new("CA"),
        account_sid=account.sid,
        to=to or somebody(rng, "US"),
        from_="+12065550111",
        direction="outbound-api",
        status=status,
        created=at,
        updated=at,
        phone_number_sid=made_up("PN", "+12065550111"),
    )
    call_settled(call, status, rng.randrange(5, 600))
    return call


def _ordered(status: str | None, error_code: int | None) -> Fate | None:
    if status is not None:
        return Fate(status, error_code)
    return None if error_code is None else failure(error_code)


def _instants(world: World, number: int, first: datetime | None, last: datetime | None) -> Sequence[datetime]:
    end = last or world.schedule.now()
    begin = first or end - timedelta(hours=1)
    step = (end - begin) / max(1, number - 1)
    return [begin + step * n for n in range(number)]
