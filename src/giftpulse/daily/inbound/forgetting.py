"""Letting go of what people wrote: when a person is erased, and when bodies are older than they may be kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.models import InboundText
from giftpulse.ground import bulk

AT_ONCE = 5000


def forget(session: Session, phone: str | None, subscriber_ids: Iterable[int] = ()) -> int:
    """Take number and words from all texts of a person (E.164, and the subscriptions that were theirs); answers how
    many there were. That there were texts, and what came of them, stays."""
    theirs: list[ColumnElement[bool]] = [bulk.among(session, InboundText.subscriber_id, list(subscriber_ids))]
    if phone is not None:
        theirs.append(InboundText.phone == phone)
    blank = update(InboundText).where(or_(*theirs)).values(phone=None, body=None, reply=None)
    return len(session.scalars(blank.returning(InboundText.id)).all())


def cleanup(session: Session, now: datetime, body_days: int) -> int:
    """Take the words from up to 5,000 texts that are older than ``body_days``; answers how many. Call again while it
    is 5,000."""
    kept = or_(InboundText.body.is_not(None), InboundText.reply.is_not(None))
    old = select(InboundText.id).where(InboundText.received_at < now - timedelta(days=body_days), kept).limit(AT_ONCE)
    ids = session.scalars(old).all()
    if ids:
        blank = update(InboundText).where(bulk.among(session, InboundText.id, ids)).values(body=None, reply=None)
        session.execute(blank.execution_options(synchronize_session=False))
    return len(ids)
