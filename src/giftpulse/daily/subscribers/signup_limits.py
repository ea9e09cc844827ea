"""How often the sign-up form may be sent: counted from the ledger, so that it holds for all processes at once."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ConsentEvent

PER_ADDRESS, HOUR = 10, timedelta(hours=1)
PER_PHONE, DAY = 3, timedelta(days=1)

_NEWEST = 20_000
"""Lines of the ledger that are looked through for an address, which has no index of its own."""


def address_is_over(session: Session, ip: str, now: datetime) -> bool:
    """Whether an address has signed up as many people as it may in an hour."""
    newest = select(func.coalesce(func.max(ConsentEvent.id), 0) - _NEWEST).scalar_subquery()
    lately = (ConsentEvent.id > newest) & (ConsentEvent.recorded_at > now - HOUR)
    counted = select(func.count()).where(lately, ConsentEvent.ip == ip, ConsentEvent.source == "form")
    return (session.scalar(counted) or 0) >= PER_ADDRESS


def phone_is_over(session: Session, number_hash: bytes, now: datetime) -> bool:
    """Whether somebody has signed up a number as often as may be in a day, for whatever program."""
    lately = (ConsentEvent.number_hash == number_hash) & (ConsentEvent.recorded_at > now - DAY)
    counted = select(func.count()).where(lately, ConsentEvent.source == "form")
    return (session.scalar(counted) or 0) >= PER_PHONE
