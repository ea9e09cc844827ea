"""The nightly comparison with the record: statuses and prices that we missed, and messages that none of us sent.

The poll has swept the last 72 hours of Twilio's lists into the record before (``logs/cursor.py``); here, that is
compared
with our own books. Twilio recommends such a job, for callbacks are sent once and may be lost
(https://www.twilio.com/docs/messaging/guides/outbound-message-logging).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath
from giftpulse.daily.outbox.follow import follow
from giftpulse.daily.outbox.models import ACCEPTED, SENT, Delivery, Note, Reconciliation
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground import clock
from giftpulse.ground.phone import mask
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogEntry

BACK = timedelta(hours=72)

EVERY = timedelta(hours=24)

_AT_ONCE = 2000
_SAMPLES = 20
_PERSONAL_REPLIES = ("outbound-reply", "outbound-call")


@dataclass(frozen=True)
class Reconciled:
    """What a comparison found. ``unpriced``: sent texts whose price Twilio has not told yet. ``strangers``: outbound
    messages of our senders that are in none of our books."""

    checked: int
    healed: int
    unpriced: int
    strangers: int


def reconcile_if_due(site: Site) -> bool:
    """Compare once a day."""
    with site.database.read() as session:
        last = session.scalar(select(func.max(Reconciliation.at)))
    if last is None or clock.now() - last >= EVERY:
        reconcile(site)
    return False


def reconcile(site: Site) -> Reconciled:
    """Compare the last 72 hours now."""
    now = clock.now()
    checked = healed = 0
    after = 0
    while True:
        with site.database.begin() as session:
            ids, sids = _open(session, now, after)
            if not ids:
                break
            after = ids[-1]
            checked += len(ids)
            moved = follow(session, sids, now)
            healed += len(moved)
            aftermath.apply_moved(session, site.settings, moved, now)
    with site.database.begin() as session:
        unpriced = _unpriced(session, now)
        strangers, samples = _strangers(session, site, now)
        session.add(
            Reconciliation(
                at=now, checked=checked, healed=healed, unpriced=unpriced, strangers=strangers,
                samples=json.dumps(samples),
            )
        )  # fmt: skip
    return Reconciled(checked, healed, unpriced, strangers)


def _open(session: Session, now: datetime, after: int) -> tuple[list[int], list[str]]:
    """Deliveries of these days of which something is still to come: a status, a price or a number of segments."""
    missing = or_(
        Delivery.state.in_((ACCEPTED, SENT)), Delivery.price_micros.is_(None), Delivery.billed_segments.is_(None)
    )
    rows = session.execute(
        select(Delivery.id, Delivery.sid)
        .where(Delivery.id > after, Delivery.sid.is_not(None), missing, Delivery.posted_at >= now - BACK)
        .order_by(Delivery.id)
        .limit(_AT_ONCE)
    ).all()
    return [row[0] for row in rows], [row[1] for row in rows if row[1]]


def _unpriced(session: Session, now: datetime) -> int:
    return session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.sid.is_not(None), Delivery.price_micros.is_(None), Delivery.posted_at >= now - BACK)
    ) or 0  # fmt: skip


def _strangers(session: Session, site: Site, now: datetime) -> tuple[int, list[dict[str, str]]]:
    """Outbound messages of our senders that neither the outbox nor the notes know. A text of a person's own application
    on the same sender is one, and so is anything that we sent twice."""
    programs = session.scalars(select(Program).where(Program.deleted_at.is_(None)))
    senders = {sender for program in programs if (sender := sender_of(program, site.settings))}
    if not senders:
        return 0, []
    ours = or_(LogEntry.from_.in_(senders), LogEntry.messaging_service_sid.in_(senders))
    unknown = (
        select(LogEntry)
        .where(LogEntry.kind == "message", LogEntry.event_at >= now - BACK, ours)
        .where(LogEntry.direction.like("outbound%"), LogEntry.direction.not_in(_PERSONAL_REPLIES))
        .where(~exists().where(Delivery.sid == LogEntry.sid), ~exists().where(Note.sid == LogEntry.sid))
    )
    number = session.scalar(select(func.count()).select_from(unknown.subquery())) or 0
    samples = session.scalars(unknown.order_by(LogEntry.id.desc()).limit(_SAMPLES))
    return number, [
        {"sid": entry.sid, "to": mask(entry.to or ""), "at": entry.event_at.isoformat(), "status": entry.status or ""}
        for entry in samples
    ]
