"""Daily texts asked for by people who look."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox.models import DAY_BITS, Delivery, DeliveryEvent
from giftpulse.daily.outbox.schemas import MessageQuery
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.errors import NotFoundError

_TOP = str(10**18 - 1)


def listed(query: MessageQuery) -> Select[Delivery]:
    """The texts that a query asks for."""
    same = {name: getattr(query, name) for name in ("program_id", "state", "error_code", "sid")}
    wanted: list[ColumnElement[bool]] = [
        getattr(Delivery, name) == value for name, value in same.items() if value is not None
    ]
    if query.local_date is not None:
        wanted.append(Delivery.local_date == date.fromisoformat(query.local_date))
    if (person := query.subscriber_id) is not None:
        # Their ids are a range of the primary key. A subscriber's own id never needs all bits that an id may have.
        first = min(person, 10**18 >> DAY_BITS) << DAY_BITS
        wanted += [Delivery.id >= first, Delivery.id < first + (1 << DAY_BITS), Delivery.subscriber_id == person]
    return select(Delivery).where(*wanted)


def uncounted(query: MessageQuery) -> MessageQuery:
    """The same query without a total, where counting would read all texts that there ever were. It starts above the
    highest id, as if another page had come before."""
    if query.subscriber_id is not None or query.sid is not None or query.cursor is not None or query.page > 1:
        return query
    return query.model_copy(update={"cursor": _TOP})


def get(session: Session, message_id: int) -> Delivery:
    """One text. Raises NotFoundError."""
    row = session.get(Delivery, message_id)
    if row is None:
        raise NotFoundError(f"there is no message {message_id}")
    return row


def phones_of(session: Session, rows: Iterable[Delivery]) -> dict[int, str | None]:
    """The numbers of their people, by subscriber."""
    ids = {row.subscriber_id for row in rows}
    found = select(Subscriber.id, Subscriber.phone).where(bulk.among(session, Subscriber.id, ids))
    return {row.id: row.phone for row in session.execute(found)}


def events_of(session: Session, row: Delivery) -> Sequence[DeliveryEvent]:
    """What happened to a text, the oldest first."""
    found = select(DeliveryEvent).where(DeliveryEvent.delivery_id == row.id)
    return session.scalars(found.order_by(DeliveryEvent.id)).all()


def text_of(session: Session, row: Delivery) -> str | None:
    """The words of its edition."""
    if row.edition_id is None:
        return None
    return session.scalar(select(Edition.text).where(Edition.id == row.edition_id))
