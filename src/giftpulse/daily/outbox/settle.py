"""Settling what nobody knows: a text whose answer was lost, or whose sender died with the intent written down.

A callback settles it when it comes (it has the row's id). Otherwise Twilio's own list of messages to that number is
asked, by the text itself. Only when the list has not shown it for minutes is it sent again; and where the list cannot
be
asked, nothing is sent: at most one is the right bias for a text a day.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath
from giftpulse.daily.outbox.compose import body_hash
from giftpulse.daily.outbox.follow import follow
from giftpulse.daily.outbox.gate import TOO_LATE
from giftpulse.daily.outbox.models import (
    ACCEPTED,
    PLANNED,
    POSTING,
    SKIPPED,
    UNKNOWN,
    Delivery,
    DeliveryEvent,
)  # fmt: skip
from giftpulse.daily.outbox.record import FIRST_LOOK, LOST
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk, clock
from giftpulse.ground.database import instant_text
from giftpulse.ground.site import Site
from giftpulse.logs import intake
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.dates import parse_instant
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import MESSAGES, MessageRecord
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)

SURELY_ABSENT = timedelta(minutes=5)
"""A text that Twilio does not list so long after the request was never taken."""

AT_ONCE = 100

DIED = "the sender died"
_MOST_LOST = 3  # requests of one text whose answer was lost
_SKEW = timedelta(minutes=2)  # between Twilio's clock and ours
_LEASE = timedelta(minutes=5)
_CONCURRENCY = 8
_DELIVERIES = cast(Table, Delivery.__table__)


@dataclass(frozen=True, slots=True)
class Open:
    """A row to settle."""

    id: int
    phone: str | None
    posted_at: datetime
    window_end: datetime
    lost: int
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What Twilio's list says: the message, or None if it is not there; ``asked`` False when it could not be asked."""

    row: Open
    asked: bool
    raw: bytes | None = None
    sid: str | None = None


def settle(site: Site) -> int:
    """Settle some of what is open; answers how many rows were looked at."""
    with site.database.begin() as session:
        rows = _claim(session, clock.now())
    if not rows:
        return 0
    account = account_of(site.settings)
    if account is None:
        return 0
    found = asyncio.run(_ask(site, rows))
    with site.database.begin() as session:
        _apply(session, site, account.sid, found, clock.now())
    return len(rows)


def _claim(session: Session, now: datetime) -> list[Open]:
    losses = (
        select(func.count())
        .where(DeliveryEvent.delivery_id == Delivery.id, DeliveryEvent.what.in_((LOST, DIED)))
        .scalar_subquery()
    )
    statement = (
        select(Delivery, Subscriber.phone, losses)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(Delivery.state.in_((POSTING, UNKNOWN)), Delivery.claimed_until <= now)
        .order_by(Delivery.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    rows = []
    for delivery, phone, lost in session.execute(statement):
        posted = delivery.posted_at or now
        if delivery.state == POSTING:  # its sender died: nothing was written since the intent
            delivery.state, delivery.reason = UNKNOWN, "the process that was sending it ended"
            session.add(DeliveryEvent(delivery_id=delivery.id, at=now, what=DIED, why=delivery.reason))
        if posted + FIRST_LOOK > now:
            delivery.claimed_until = posted + FIRST_LOOK
            continue
        delivery.claimed_until = now + _LEASE
        rows.append(Open(delivery.id, phone, posted, delivery.window_end, lost or 0, delivery.body_hash or b""))
    return rows


async def _ask(site: Site, rows: Sequence[Open]) -> list[Found]:
    account = account_of(site.settings)
    assert account is not None
    async with TwilioRest(account, site.settings, concurrency=_CONCURRENCY) as rest:
        return await asyncio.gather(*(_look(rest, row) for row in rows))


async def _look(rest: TwilioRest, row: Open) -> Found:
    """The message of a row in Twilio's list of messages to its number. The list cannot be filtered by text."""
    if row.phone is None:  # erased in the meantime: there is nobody to send to, and nothing to look for
        return Found(row, asked=True)
    try:
        async for page in rest.pages(MESSAGES, {"To": row.phone}):
            for raw in page.rows:
                if sid := _matches(raw, row):
                    return Found(row, asked=True, raw=raw, sid=sid)
    except TwilioError as error:
        log.warning("Twilio's list could not be asked", extra={"delivery_id": row.id, "reason": str(error)})
        return Found(row, asked=False)
    return Found(row, asked=True)


def _matches(raw: bytes, row: Open) -> str | None:
    try:
        message = msgspec.json.decode(raw, type=MessageRecord)
    except msgspec.MsgspecError:
        return None
    created = parse_instant(message.date_created)
    if message.direction == "inbound" or created is None or created < row.posted_at - _SKEW:
        return None
    return message.sid if body_hash(message.body or "") == row.body_hash else None


def _apply(session: Session, site: Site, account_sid: str, found: Sequence[Found], now: datetime) -> None:
    """What was found becomes known, unless a callback was faster."""
    ids = [each.row.id for each in found]
    still = set(session.scalars(
        select(Delivery.id).where(bulk.among(session, Delivery.id, ids), Delivery.state == UNKNOWN)
        .order_by(Delivery.id).with_for_update()
    ))  # fmt: skip
    taken = set(session.scalars(select(Delivery.sid).where(
        bulk.among(session, Delivery.sid, [each.sid for each in found if each.sid])
    )))  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for each in found:
        if each.row.id not in still:
            continue
        state, sid, at, reason = _decision(each, taken, now)
        gone = at is not None and state == PLANNED
        posted = None if gone or state == SKIPPED else instant_text(each.row.posted_at)
        ended = instant_text(now) if state == SKIPPED else None
        until = instant_text(now + FIRST_LOOK) if state == UNKNOWN else None
        rows.append((each.row.id, state, sid, until, reason, posted, ended))
        session.add(DeliveryEvent(delivery_id=each.row.id, at=now, what=f"settled: {state}", why=reason))
        if sid:
            taken.add(sid)
    columns = ("state", "sid", "claimed_until", "reason", "posted_at", "finished_at")
    bulk.update(session, _DELIVERIES, "id", columns, rows)
    raws = [each.raw for each in found if each.raw is not None and each.row.id in still]
    intake.take_rows(session, "message", raws, account_sid, "chase", now, keep_body=site.settings.store_bodies)
    moved = follow(session, [row[2] for row in rows if row[2]], now)
    aftermath.apply_moved(session, site.settings, moved, now)


def _decision(each: Found, taken: set[str | None], now: datetime) -> tuple[str, str | None, datetime | None, str]:
    """State, SID, when to send again, and the reason."""
    if each.sid is not None and each.sid not in taken:
        return ACCEPTED, each.sid, None, "found in Twilio's list: it had been taken"
    if not each.asked:
        return UNKNOWN, None, None, "Twilio's list could not be asked; nothing is sent until it can"
    if now < each.row.posted_at + SURELY_ABSENT:
        return UNKNOWN, None, None, "not in Twilio's list yet; asked again before anything is sent"
    if each.row.lost >= _MOST_LOST:
        return SKIPPED, None, None, f"the answers to {each.row.lost} requests were lost; that is enough for one day"
    if each.row.window_end - now < TOO_LATE:
        return SKIPPED, None, None, "Twilio never took it, and its window is over"
    return PLANNED, None, now, "Twilio never took it: it goes through the gate again"
