"""Hashes of numbers, made anew where the key they were made with is lost. For the numbers that are still known."""

from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import bulk
from giftpulse.ground.site import Site

_AT_ONCE = 5000


def rehash(session: Session, site: Site) -> int:
    """Hash every known number with the site's key: of people, and of lines of the ledger. Answers how many people."""
    people = _rehash(session, site, Subscriber)
    _rehash(session, site, ConsentEvent)
    return people


def nameless(session: Session) -> int:
    """How many people are known by their hash alone."""
    return session.scalar(select(func.count()).where(Subscriber.phone.is_(None))) or 0


def _rehash(session: Session, site: Site, model: type[Subscriber] | type[ConsentEvent]) -> int:
    table, after, done = cast(Table, model.__table__), 0, 0
    wanted = select(model.id, model.phone).where(model.phone.is_not(None)).order_by(model.id).limit(_AT_ONCE)
    while rows := session.execute(wanted.where(model.id > after)).all():
        bulk.update(session, table, "id", ("number_hash",), [(row.id, number_hash(site, row.phone)) for row in rows])
        after, done = rows[-1].id, done + len(rows)
    return done
