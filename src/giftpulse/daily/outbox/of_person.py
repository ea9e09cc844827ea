"""The deliveries of one person: a range of the primary key, for the id holds person and day."""

from datetime import date

from sqlalchemy import Select, select

from giftpulse.daily.outbox.models import DAY_BITS, Delivery, delivery_id


def of_person(subscriber_id: int, first: date | None = None, last: date | None = None) -> Select[Delivery]:
    """All texts of a person, or those from one local date to another, both included. Raises ``ValueError`` for dates
    before 2020 or after 2199."""
    low = subscriber_id << DAY_BITS if first is None else delivery_id(subscriber_id, first)
    high = ((subscriber_id + 1) << DAY_BITS) - 1 if last is None else delivery_id(subscriber_id, last)
    return select(Delivery).where(Delivery.id >= low, Delivery.id <= high)
