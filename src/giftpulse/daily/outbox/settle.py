"""Settling what nobody knows: a text whose answer was lost, or whose sender died with the intent written down.

A callback settles it when it comes (it has the row's id). Otherwise Twilio's own list of messages to that number is
asked, by the text itself. Only when the list has not shown it for minutes is it sent again; and where the list cannot
be asked, or what it shows may be this text or another one, nothing is sent: at most one is the right bias for a text a
day.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath, days, whose
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
    Note,
)  # fmt: skip
from giftpulse.daily.outbox.record import FIRST_LOOK, LOST
from giftpulse.daily.outbox.whose import Found, Listed, Open, Others
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk, clock
from giftpulse.ground.database import instant_text
from giftpulse.ground.site import Site
from giftpulse.logs import intake
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import MESSAGES
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)

SURELY_ABSENT = timedelta(minutes=5)
"""A text that Twilio does not list so long after the request was never taken."""

GIVEN_UP_AFTER = timedelta(hours=72)
"""When Twilio's list cannot be asked for so long after the window, nothing more is expected."""

UNDECIDED_FOR = timedelta(hours=1)
"""How long after the window a text is looked for while Twilio lists one that may be it or another's. Then one of them
gives way."""

AT_ONCE = 100

DIED = "the sender died"

_MOST_LOST = 3  # requests of one text whose answer was lost
_LEASE = timedelta(minutes=5)
_ASKED_WITHIN = 200.0  # seconds for all questions of one step: well within the lease
_CONCURRENCY = 8
_DELIVERIES = cast(Table, Delivery.__table__)
_OPEN = text("deliveries.state IN ('posting', 'unknown')")  # literally as the index has it, for SQLite to use it


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a row, and why."""

    state: str
    reason: str
    message: Listed | None = None


def settle(site: Site) -> int:
    """Settle some of what is open; answers how many rows were looked at."""
    account = account_of(site.settings)
    if account is None:
        return 0
    with site.database.begin() as session:
        rows = _claim(session, site, clock.now())
    if not rows:
        return 0
    looked_at = clock.now()  # before the list was asked: what takes long afterwards says nothing of it
    found = asyncio.run(_ask(site, account, rows))
    with site.database.begin() as session:
        _apply(session, site, account.sid, found, clock.now(), looked_at)
    return len(rows)


def _claim(session: Session, site: Site, now: datetime) -> list[Open]:
    losses = (
        select(func.count())
        .where(DeliveryEvent.delivery_id == Delivery.id, DeliveryEvent.what.in_((LOST, DIED)))
        .scalar_subquery()
    )
    statement = (
        select(Delivery, Subscriber.phone, losses)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(_OPEN, Delivery.claimed_until <= now)
        .order_by(Delivery.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    senders = {program.id: sender_of(program, site.settings) for program in session.scalars(select(Program))}
    rows = []
    for delivery, phone, lost in session.execute(statement):
        posted = delivery.posted_at = delivery.posted_at or now
        if delivery.state == POSTING:  # its sender died: nothing was written since the intent
            delivery.state, delivery.reason = UNKNOWN, "the process that was sending it ended"
            session.add(DeliveryEvent(delivery_id=delivery.id, at=now, what=DIED, why=delivery.reason))
            lost = (lost or 0) + 1
        if posted + FIRST_LOOK > now:
            delivery.claimed_until = posted + FIRST_LOOK
            continue
        delivery.claimed_until = now + _LEASE
        rows.append(
            Open(
                delivery.id, delivery.program_id, delivery.local_date, senders.get(delivery.program_id), phone, posted,
                delivery.window_end, lost or 0, delivery.segments or 0, delivery.body_hash or b"", delivery.reason,
            )
        )  # fmt: skip
    return rows


async def _ask(site: Site, account: Account, rows: Sequence[Open]) -> list[Found]:
    """Ask about all of them. What is not answered well within our lease counts as not asked."""
    async with TwilioRest(account, site.settings, concurrency=_CONCURRENCY) as rest:
        asking = {row.id: asyncio.create_task(_look(rest, row)) for row in rows}
        await asyncio.wait(asking.values(), timeout=_ASKED_WITHIN)
        for task in asking.values():
            task.cancel()
        await asyncio.gather(*asking.values(), return_exceptions=True)
        return [Found(row, asked=False) if (t := asking[row.id]).cancelled() else t.result() for row in rows]


async def _look(rest: TwilioRest, row: Open) -> Found:
    """The messages to the row's number that may be it. The list cannot be filtered by text or creation. What a service
    sent by RCS has a mark before the number."""
    if row.phone is None:  # erased in the meantime: there is nobody to send to, and nothing to look for
        return Found(row, asked=True)
    by_service = row.sender is None or row.sender.startswith("MG")
    listed: list[Listed] = []
    try:
        for number in (row.phone, f"rcs:{row.phone}") if by_service else (row.phone,):
            async for page in rest.pages(MESSAGES, {"To": number}):
                listed += [found for raw in page.rows if (found := whose.may_be(raw, row)) is not None]
    except TwilioError as error:
        log.warning("Twilio's list could not be asked", extra={"delivery_id": row.id, "reason": str(error)})
        return Found(row, asked=False)
    return Found(row, asked=True, listed=whose.likeliest(listed))


def _apply(
    session: Session, site: Site, account_sid: str, found: Sequence[Found], now: datetime, looked_at: datetime
) -> None:
    """What was found becomes known, unless a callback or another claim was faster."""
    still = _still_open(session, found)
    found = [each for each in found if still.get(each.row.id) == each.row.posted_at]
    others = whose.others(session, found)  # before what is taken: what is settled meanwhile is in the one or the other
    sids = {listed.sid for each in found for listed in each.listed}
    taken = set(session.scalars(select(Delivery.sid).where(bulk.among(session, Delivery.sid, sids))))
    taken |= set(session.scalars(select(Note.sid).where(bulk.among(session, Note.sid, sids))))
    own = whose.own_words(found, taken)
    taken |= {listed.sid for listed in own.values()}
    rows: list[tuple[Any, ...]] = []
    adopted: list[Listed] = []
    returned: dict[tuple[int, date], tuple[int, int]] = {}
    # Those that have their own words first: then they are under way no more, and in nobody's way.
    for each in sorted(found, key=lambda one: one.row.id not in own):
        decision = _decide(each, own.get(each.row.id), _in_other_words(each, taken, others), now, looked_at)
        rows.append(_row(each.row, decision, now))
        if decision.reason != each.row.reason:
            what = f"settled: {decision.state}"
            session.add(DeliveryEvent(delivery_id=each.row.id, at=now, what=what, why=decision.reason))
        if decision.state != UNKNOWN:
            others.settled(each.row)
        if decision.message is not None:
            taken.add(decision.message.sid)
            adopted.append(decision.message)
        if decision.state == PLANNED:
            key = (each.row.program_id, each.row.local_date)
            texts, segments = returned.get(key, (0, 0))
            returned[key] = (texts + 1, segments + each.row.segments)
    columns = ("state", "sid", "claimed_until", "reason", "posted_at", "finished_at")
    bulk.update(session, _DELIVERIES, "id", columns, rows)
    days.give_back(session, returned)
    keep = site.settings.store_bodies
    intake.take_rows(session, "message", [each.raw for each in adopted], account_sid, "chase", now, keep_body=keep)
    aftermath.apply_moved(session, site.settings, follow(session, [each.sid for each in adopted], now), now)


def _still_open(session: Session, found: Sequence[Found]) -> dict[int, datetime | None]:
    ids = [each.row.id for each in found]
    statement = (
        select(Delivery.id, Delivery.posted_at)
        .where(bulk.among(session, Delivery.id, ids), Delivery.state == UNKNOWN)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _row(row: Open, decision: Decision, now: datetime) -> tuple[Any, ...]:
    sid = decision.message.sid if decision.message else None
    until = instant_text(now + FIRST_LOOK) if decision.state == UNKNOWN else None
    posted = None if decision.state == PLANNED else instant_text(row.posted_at)
    ended = instant_text(now) if decision.state == SKIPPED else None
    return row.id, decision.state, sid, until, decision.reason, posted, ended


_NOT_YET = "not in Twilio's list yet; asked again before anything is sent"
_CONTESTED = (
    "Twilio lists a text of our sender at that time in other words, and others to this number are under way; nobody "
    "knows yet whose it is, and nothing is sent"
)


@dataclass(frozen=True, slots=True)
class _Other:
    """A message in other words that may be a row's; ``contested``: or something else's."""

    message: Listed
    contested: bool


def _in_other_words(each: Found, taken: set[str | None], others: Others) -> _Other | None:
    free = [one for one in each.listed if not one.same and one.sid not in taken]
    mine = [_Other(one, others.is_contested(each.row, one)) for one in free if others.may_have(each.row.phone, one)]
    return min(mine, key=lambda one: one.contested, default=None)


def _decide(each: Found, own: Listed | None, other: _Other | None, now: datetime, looked_at: datetime) -> Decision:
    """What becomes of a row. Nothing is sent again while a message is there that may be it."""
    if own is not None:
        return Decision(ACCEPTED, "found in Twilio's list: it had been taken", own)
    if other is not None and not other.contested:
        why = "Twilio lists a text of our sender at that time in other words; it is taken for this one"
        return Decision(ACCEPTED, why, other.message)
    if other is not None:
        if now > each.row.window_end + UNDECIDED_FOR:
            return Decision(SKIPPED, "nobody knows: Twilio lists a text that may be this one or another")
        return Decision(UNKNOWN, _CONTESTED)
    if not each.asked:
        if now > each.row.window_end + GIVEN_UP_AFTER:
            return Decision(SKIPPED, "nobody knows: Twilio's list could not be asked for days")
        return Decision(UNKNOWN, "Twilio's list could not be asked; nothing is sent until it can")
    if each.row.phone is None:
        return Decision(SKIPPED, "the person was erased: there is nobody to send to")
    # One look is not enough, however late it is by the clock: clocks are set, and requests can be slow.
    if looked_at < each.row.posted_at + SURELY_ABSENT or each.row.reason != _NOT_YET:
        return Decision(UNKNOWN, _NOT_YET)
    if each.row.lost >= _MOST_LOST:
        return Decision(SKIPPED, f"the answers to {each.row.lost} requests were lost; that is enough for one day")
    if each.row.window_end - now < TOO_LATE:
        return Decision(SKIPPED, "Twilio never took it, and its window is over")
    return Decision(PLANNED, "Twilio never took it: it goes through the gate again")
