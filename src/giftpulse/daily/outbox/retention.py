"""Removing daily texts of long ago. There are so many that no index of their dates is kept: their ids hold person and
day, so the old ones of a person are a range of the primary key, and people are gone through in batches."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, func, select, union_all
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import DAY_BITS, Delivery, Plan, day_number
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.site import Site

PEOPLE = 5000
"""People of one transaction."""

AT_ONCE = 20_000
"""Texts of one transaction."""

_EARLIEST = timedelta(hours=15)
"""No text of a local date is posted so long before that date begins in UTC: the furthest zone is 14 hours ahead."""


def remove_texts(site: Site, before: date, dry_run: bool) -> int:
    """Remove the texts of local dates before this one (2020 or later); answers how many, or would be."""
    with site.database.read() as session:
        if dry_run:
            return session.scalar(select(func.count()).where(Delivery.local_date < before)) or 0
        if not _has_old(session, before):
            return 0
        top = session.scalar(select(func.max(Subscriber.id))) or 0
    total = 0
    for after in range(0, top, PEOPLE):
        removed = AT_ONCE
        while removed == AT_ONCE:
            with site.database.begin() as session:
                removed = _remove(session, after, after + PEOPLE, before)
            total += removed
    return total


def _has_old(session: Session, before: date) -> bool:
    """Whether there may be any, by what can be asked cheaply: going through all people is for once a day."""
    begins = datetime.combine(before, time(), UTC) - _EARLIEST
    posted = select(Delivery.id).where(Delivery.posted_at < begins).order_by(Delivery.posted_at).limit(1).subquery()
    plans = select(Plan.audience_id).where(Plan.local_date < before).limit(1).subquery()
    return session.scalar(union_all(select(posted.c[0]), select(plans.c[0])).limit(1)) is not None


def _remove(session: Session, after: int, last: int, before: date) -> int:
    first = Subscriber.id * (1 << DAY_BITS)
    old = (
        select(Delivery.id)
        .join(Subscriber, (Delivery.id >= first) & (Delivery.id < first + day_number(before)))
        .where(Subscriber.id > after, Subscriber.id <= last)
        .limit(AT_ONCE)
    )
    # The ids by themselves: for a subquery, Postgres would read all texts there are.
    ids = session.scalars(old).all()
    if ids:
        gone = delete(Delivery).where(bulk.among(session, Delivery.id, ids))
        session.execute(gone.execution_options(synchronize_session=False))
    return len(ids)
