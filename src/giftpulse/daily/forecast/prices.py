"""What a segment costs in each country: what it did cost lately, or else an assumption."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.logs.entry import MICROS

ASSUMED = 0.0079
"""US dollars for one segment where nothing is known yet. An assumption, of the size of Twilio's list price for the US
(https://www.twilio.com/en-us/sms/pricing/us ) with no carrier fees; other countries cost many times as much."""

BACK = timedelta(days=30)
_SETTLED = timedelta(days=1)  # Twilio tells prices some time after it has sent
_NEWEST = 50_000


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of a segment by country, in ``unit``; None for all that are not known."""

    unit: str
    by_country: Mapping[str | None, float]

    def of(self, country: str | None) -> float:
        """The price of a segment to a country; where none is known, the mean of all, or else the assumption."""
        known = self.by_country.get(country)
        return known if known is not None else self.by_country.get(None, ASSUMED)

    @property
    def is_assumed(self) -> bool:
        """Whether nothing is known at all."""
        return not self.by_country


def prices(session: Session, now: datetime) -> Prices:
    """The mean price of the newest texts of the last 30 days whose price is known."""
    rows = _paid(session, now - BACK, now - _SETTLED) or _paid(session, now - BACK, now)
    segments: Counter[str] = Counter()
    for row in rows:
        segments[row.unit] += int(row.segments)
    if not segments:
        return Prices("USD", {})
    unit = segments.most_common(1)[0][0]
    paid = [row for row in rows if row.unit == unit]
    known: dict[str | None, float] = {row.country: _mean(row.micros, row.segments) for row in paid if row.country}
    known[None] = _mean(sum(row.micros for row in paid), segments[unit])
    return Prices(unit, known)


def _mean(micros: int, segments: int) -> float:
    return abs(int(micros)) / MICROS / int(segments)  # Postgres sums to decimal numbers


def _paid(session: Session, since: datetime, until: datetime) -> list[Row[Any]]:
    newest = (
        select(Delivery.subscriber_id, Delivery.price_micros, Delivery.price_unit, Delivery.billed_segments)
        .where(Delivery.posted_at >= since, Delivery.posted_at <= until)
        .order_by(Delivery.posted_at.desc())
        .limit(_NEWEST)
        .subquery()
    )
    paid = (
        select(
            Subscriber.country.label("country"),
            newest.c.price_unit.label("unit"),
            func.sum(newest.c.price_micros).label("micros"),
            func.sum(newest.c.billed_segments).label("segments"),
        )
        .join(Subscriber, Subscriber.id == newest.c.subscriber_id)
        .where(newest.c.price_micros.is_not(None), newest.c.price_unit.is_not(None), newest.c.billed_segments > 0)
        .group_by(Subscriber.country, newest.c.price_unit)
    )
    return list(session.execute(paid).all())
