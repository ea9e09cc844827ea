"""How often the sign-up form may be sent: counted from the ledger, so that it holds for all processes at once.

Each question costs money, and goes to a number that anybody can type; hence a limit for each program too.
"""

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ConsentEvent
from giftpulse.ground.bulk import is_sqlite

PER_ADDRESS, HOUR = 10, timedelta(hours=1)
PER_PHONE, DAY = 3, timedelta(days=1)
PER_PROGRAM = 200
"""Sign-ups an hour."""

_LOCK = 0x7375 << 32  # the advisory lock of this file: "su"
_FIRST_LOOK = 1000  # lines of the ledger; each further look is twice as long
_LONGEST_IMPORT = timedelta(hours=1)
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
    """Program and address of each form of the last hour. Neither has an index, so the ledger is read backwards, until
    it is older than that. Lines of an import bear the instant at which it began, and tell nothing of those before."""
    last, step = session.scalar(select(func.max(ConsentEvent.id))) or 0, _FIRST_LOOK
    while last > 0:
        these = (ConsentEvent.id > last - step) & (ConsentEvent.id <= last)
        # What the API tells of forms elsewhere is by a token, and was sent from there.
        ours = (ConsentEvent.source == "form") & ConsentEvent.by.not_like("% token")
        forms = select(ConsentEvent.program_id, ConsentEvent.ip).where(
            these, ours, ConsentEvent.recorded_at > now - HOUR
        )
        for program_id, ip in session.execute(forms):
            yield program_id, ip or ""
        newest = select(func.max(ConsentEvent.recorded_at))
        told = session.scalar(newest.where(these, ConsentEvent.source != "import"))
        any_line = session.scalar(newest.where(these))
        if (told is not None and told <= now - HOUR) or (
            any_line is not None and any_line <= now - HOUR - _LONGEST_IMPORT
        ):
            return
        last, step = last - step, step * 2


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
