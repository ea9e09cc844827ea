"""Leases: at most one holder of a name at a time, kept in the database, ended by time if the holder dies.

``fence`` grows with every new holder; a writer that lost its lease can be told from the present one by it.
"""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from giftpulse.ground.bulk import is_sqlite
from giftpulse.ground.database import Base


class Lease(Base):
    """Who holds a name, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    fence: Mapped[int]
    expires_at: Mapped[datetime]


def acquire(session: Session, name: str, holder: str, now: datetime, lasts: timedelta) -> int | None:
    """Take or renew the lease. Answers its fence, or None while somebody else holds it."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(Lease).values(name=name, holder=holder, fence=1, expires_at=now + lasts)
    changed_hands = (Lease.holder != statement.excluded.holder) | (Lease.expires_at <= now)
    statement = statement.on_conflict_do_update(
        index_elements=[Lease.name],
        set_={
            "holder": statement.excluded.holder,
            "expires_at": statement.excluded.expires_at,
            "fence": case((changed_hands, Lease.fence + 1), else_=Lease.fence),
        },
        where=(Lease.holder == holder) | (Lease.expires_at <= now),
    )
    return session.scalar(statement.returning(Lease.fence))


def release(session: Session, name: str, holder: str) -> None:
    """Give the lease back before it ends. Harmless if it is no longer ours."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def release_all(session: Session, holder: str) -> None:
    """Give back everything that this holder has."""
    session.execute(delete(Lease).where(Lease.holder == holder))


def holds(session: Session, name: str, holder: str, fence: int, now: datetime) -> bool:
    """Whether this holder, with this fence, still has the lease; locks it until the transaction ends."""
    found = session.scalar(select(Lease).where(Lease.name == name).with_for_update())
    return found is not None and found.holder == holder and found.fence == fence and found.expires_at > now
