"""Hashes of numbers, made anew where the key they were made with is lost. For the numbers that are still known."""

import secrets as randomness
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ERASED, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import bulk
from giftpulse.ground.site import Site

_AT_ONCE = 5000


def rehash(session: Session, site: Site) -> int:
    """Hash every known number with the site's key: of people, and of lines of the ledger. Answers how many people."""
    people = _rehash(session, site, Subscriber)
    _rehash(session, site, ConsentEvent)
    return people


def merge_doubles(session: Session, now: datetime) -> int:
    """A wrong key let people join a program twice. The subscription with their last word goes on, and has the lines of
    both; the other ends as erased. Answers how many ended."""
    twice = (
        select(Subscriber.program_id, Subscriber.phone)
        .where(Subscriber.phone.is_not(None))
        .group_by(Subscriber.program_id, Subscriber.phone)
        .having(func.count() > 1)
    )
    ended = 0
    for program_id, phone in session.execute(twice).all():
        same = select(Subscriber).where(Subscriber.program_id == program_id, Subscriber.phone == phone)
        stays, *others = session.scalars(same.order_by(Subscriber.status_at.desc(), Subscriber.id.desc())).all()
        for other in others:
            theirs = update(ConsentEvent).where(ConsentEvent.subscriber_id == other.id)
            session.execute(theirs.values(subscriber_id=stays.id))
            other.phone, other.status, other.status_at = None, ERASED, now
            other.number_hash = randomness.token_bytes(32)  # of nobody: the number's own is that of who stays
            other.status_reason = f"the same person is here as {stays.id}, too"
            ended += 1
    session.flush()
    return ended


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
