"""Everything about a person that is kept (GDPR, Art. 15 and 20), put together for handing out."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.schemas import inbound_out
from giftpulse.daily.outbox.models import Delivery, Note
from giftpulse.daily.outbox.of_person import of_person
from giftpulse.daily.outbox.schemas import message_out, note_out
from giftpulse.daily.subscribers import store
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.access import Role


def export(session: Session, subscriber: Subscriber, role: Role = "admin") -> dict[str, Any]:
    """Subscription, program and consent; the daily texts with their words; what the person wrote; other texts to them.

    Whoever may only read sees masked numbers.
    """
    deliveries = session.scalars(of_person(subscriber.id).order_by(Delivery.id)).all()
    words = _words(session, {row.edition_id for row in deliveries if row.edition_id is not None})
    written = select(InboundText).where(InboundText.subscriber_id == subscriber.id).order_by(InboundText.id)
    notes = select(Note).where(Note.subscriber_id == subscriber.id).order_by(Note.id)
    return store.export(session, subscriber, role) | {
        "messages": [
            {**message_out(row, subscriber.phone, role).model_dump(mode="json"), "text": words.get(row.edition_id)}
            for row in deliveries
        ],
        "inbox": [inbound_out(row, role).model_dump(mode="json") for row in session.scalars(written)],
        "notes": [note_out(row, role).model_dump(mode="json") for row in session.scalars(notes)],
    }


def _words(session: Session, editions: set[int]) -> dict[int | None, str]:
    found = select(Edition.id, Edition.text).where(bulk.among(session, Edition.id, editions))
    return {row.id: row.text for row in session.execute(found)}
