"""Erasing a person (GDPR, Art. 17): what tells who they are goes, the hash of their number and the ledger's dates stay.

The hash is what keeps an import from taking them in again; without the installation's key it tells nothing.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers import audiences
from giftpulse.daily.subscribers.leave import LEFT
from giftpulse.daily.subscribers.ledger import Consent, record
from giftpulse.daily.subscribers.models import ERASED, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.places import UNKNOWN
from giftpulse.daily.subscribers.placing import put_place, put_window
from giftpulse.ground.database import announce


def erase(session: Session, subscriber: Subscriber, by: str, now: datetime) -> bool:
    """Take everything personal from a subscription and from its lines in the ledger; False if that was done before.

    Other subscriptions of the number are other people's business until they are erased too, but lines of the number
    that belong to none lose it as well. What is planned for the person is skipped when its time comes.
    """
    session.refresh(subscriber, with_for_update=True)
    if subscriber.status == ERASED:
        return False
    subscriber.phone = subscriber.first_name = subscriber.language = subscriber.theme = subscriber.paused_until = None
    put_place(subscriber, UNKNOWN)
    put_window(subscriber, None)
    # Neither may tell where they are, nor the share their number.
    nowhere = audiences.Key((), (), None)
    subscriber.audience_id = audiences.audience_for(session, subscriber.program_id, nowhere)
    subscriber.share, subscriber.moved, subscriber.failures, subscriber.failure_code = 0, False, 0, None
    subscriber.status, subscriber.status_at, subscriber.updated_at = ERASED, now, now
    subscriber.status_reason = f"erased by {by}"
    session.flush()
    record(session, subscriber, Consent(kind="erased", source="api", by=by, at=now), now)
    _clean_ledger(session, subscriber)
    announce(session, LEFT)
    return True


def _clean_ledger(session: Session, subscriber: Subscriber) -> None:
    ours = ConsentEvent.subscriber_id == subscriber.id
    same_number = Subscriber.number_hash == subscriber.number_hash
    if session.scalar(select(Subscriber.id).where(same_number, Subscriber.status != ERASED).limit(1)) is None:
        ours |= ConsentEvent.number_hash == subscriber.number_hash
    cleaned = update(ConsentEvent).where(ours).values(phone=None, ip=None, user_agent=None, detail="")
    session.execute(cleaned.execution_options(synchronize_session="fetch"))
    # Who spoke may be named by their number.
    told = update(ConsentEvent).where(ours, ConsentEvent.by.like("+%")).values(by="the person")
    session.execute(told.execution_options(synchronize_session="fetch"))
