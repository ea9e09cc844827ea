"""Erasing a person everywhere (GDPR, Art. 17): the subscription, what they wrote, and what was written to them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.forgetting import forget
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.subscribers import erasing
from giftpulse.daily.subscribers.models import Subscriber


def erase(session: Session, subscribers: Sequence[Subscriber], by: str, now: datetime) -> list[Subscriber]:
    """Erase these subscriptions, and all words of them; answers those that were not erased before.

    What only the number connects with a person goes with the last subscription of that number. Notes that wait to be
    sent lose their number, and so are skipped. That there were texts, and what came of them, stays.
    """
    return [one for one in subscribers if _erase(session, one, by, now)]


def _erase(session: Session, subscriber: Subscriber, by: str, now: datetime) -> bool:
    phone = subscriber.phone
    is_new = erasing.erase(session, subscriber, by, now)
    others = select(Subscriber.id).where(Subscriber.phone == phone).limit(1)
    if phone is not None and session.scalar(others) is not None:
        phone = None
    forget(session, phone, [subscriber.id])
    _blank_notes(session, phone, subscriber.id)
    return is_new


def _blank_notes(session: Session, phone: str | None, subscriber_id: int) -> None:
    theirs: list[ColumnElement[bool]] = [Note.subscriber_id == subscriber_id]
    if phone is not None:
        theirs.append(Note.phone == phone)
    blank = update(Note).where(or_(*theirs)).values(phone=None, body=None)
    session.execute(blank.execution_options(synchronize_session=False))
