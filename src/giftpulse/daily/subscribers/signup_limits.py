"""How often the sign-up form may be sent: counted from the ledger, so that it holds for all processes at once.

Each question costs money, and goes to a number that anybody can type; hence a limit for each program too.
"""

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import IS_FORM, ConsentEvent
from giftpulse.ground.bulk import is_sqlite

PER_ADDRESS, HOUR = 10, timedelta(hours=1)
PER_PHONE, DAY = 3, timedelta(days=1)
PER_PROGRAM = 200
"""Sign-ups an hour."""

_LOCK = 0x7375 << 32  # the advisory lock of this file: "su"
_NETWORK = 64  # bits; the smallest part of IPv6 that one customer has


def address_is_over(session: Session, ip: str, now: datetime) -> bool:
    """Whether an address, or in IPv6 its network, has signed up as many people as it may in an hour. From here until
    the end of the transaction nobody else signs up, so that all who ask at once are not let in together."""
    _take_turn(session)
    network = _network(ip)
    return sum(_network(other) == network for _, other in _lately(session, now)) >= PER_ADDRESS


def program_is_over(session: Session, program_id: int, now: datetime) -> bool:
    """Whether as many people were signed up for a program as may be in an hour, from wherever."""
    _take_turn(session)
    return sum(of == program_id for of, _ in _lately(session, now)) >= PER_PROGRAM


def phone_is_over(session: Session, number_hash: bytes, now: datetime) -> bool:
    """Whether somebody has signed up a number as often as may be in a day, for whatever program."""
    lately = (ConsentEvent.number_hash == number_hash) & (ConsentEvent.recorded_at > now - DAY)
    counted = select(func.count()).where(lately, ConsentEvent.source == "form")
    return (session.scalar(counted) or 0) >= PER_PHONE


def _take_turn(session: Session) -> None:
    """On SQLite a writing transaction is alone anyway."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _lately(session: Session, now: datetime) -> Iterator[tuple[int | None, str]]:
    """Program and address of each form of the last hour. Only forms are in the index that this goes by, so that an
    import in between makes it no longer."""
    # What the API tells of forms elsewhere is by a token, and was sent from there.
    ours = ConsentEvent.by.not_like("% token") & (ConsentEvent.recorded_at > now - HOUR)
    for program_id, ip in session.execute(select(ConsentEvent.program_id, ConsentEvent.ip).where(IS_FORM, ours)):
        yield program_id, ip or ""


def _network(ip: str) -> str:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address.packed, _NETWORK), strict=False))
    return str(address)
