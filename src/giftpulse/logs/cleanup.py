"""Retention: what is older than the settings allow is removed, in batches that hold no lock for long."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Update, delete, func, or_, select, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk, clock
from giftpulse.ground.lock import Lease
from giftpulse.ground.site import Site
from giftpulse.logs.models import POSITION_BITS, LogBatch, LogChange, LogEntry, LogOwed, LogReject

AT_ONCE = 5000


@dataclass
class Cleaned:
    """How many rows of each table were removed (or would be)."""

    removed: dict[str, int] = field(default_factory=dict)


def cleanup(site: Site, *, days: int | None = None, dry_run: bool = False) -> Cleaned:
    """Remove logs older than ``days`` (default RETENTION_DAYS) and bodies older than BODY_RETENTION_DAYS."""
    now, cleaned = clock.now(), Cleaned()
    kept_days = site.settings.retention_days if days is None else days
    oldest = now - timedelta(days=kept_days)
    bodies = now - timedelta(days=min(site.settings.body_retention_days, kept_days))
    steps: tuple[tuple[str, Callable[[Session], int]], ...] = (
        ("changes", lambda s: _changes(s, oldest, dry_run)),
        ("logs", lambda s: _logs(s, oldest, dry_run)),
        ("bodies", lambda s: _bodies(s, bodies, dry_run)),
        ("words of webhooks", lambda s: _said(s, bodies, dry_run)),
        ("batches", lambda s: _batches(s, oldest, dry_run)),
        ("rejects", lambda s: _rejects(s, bodies, dry_run)),
        ("leases", lambda s: _leases(s, now - timedelta(days=1), dry_run)),
    )
    for name, step in steps:
        cleaned.removed[name] = _repeat(site, step, dry_run)
    return cleaned


def _repeat(site: Site, step: Callable[[Session], int], dry_run: bool) -> int:
    total = 0
    while True:
        with site.database.begin() as session:
            removed = step(session)
        total += removed
        if dry_run or removed < AT_ONCE:
            return total


def _run(session: Session, key: Any, condition: Any, change: Delete | Update, dry_run: bool) -> int:
    """Apply a change to up to 5,000 rows that meet a condition; or only count them all."""
    if dry_run:
        return session.scalar(select(func.count()).where(condition)) or 0
    ids = session.scalars(select(key).where(condition).limit(AT_ONCE)).all()
    if ids:
        session.execute(change.where(bulk.among(session, key, ids)).execution_options(synchronize_session=False))
    return len(ids)


def _logs(session: Session, oldest: datetime, dry_run: bool) -> int:
    return _run(session, LogEntry.id, LogEntry.event_at < oldest, delete(LogEntry), dry_run)


def _changes(session: Session, oldest: datetime, dry_run: bool) -> int:
    # Ids grow with time, so what is old is a range of the primary key.
    owed = select(LogOwed.batch_id).where(LogOwed.batch_id == LogBatch.id).exists()
    kept = session.scalar(select(func.min(LogBatch.id)).where((LogBatch.written_at >= oldest) | owed))
    if kept is None:
        kept = (session.scalar(select(func.max(LogBatch.id))) or 0) + 1
    return _run(session, LogChange.id, LogChange.id < kept << POSITION_BITS, delete(LogChange), dry_run)


def _bodies(session: Session, oldest: datetime, dry_run: bool) -> int:
    kept = or_(LogEntry.body.is_not(None), LogEntry.raw.is_not(None))
    # The hash stays, so that the next poll does not take the shortened record for a changed one.
    blank = update(LogEntry).values(body=None, raw=None)
    return _run(session, LogEntry.id, (LogEntry.event_at < oldest) & kept, blank, dry_run)


def _said(session: Session, oldest: datetime, dry_run: bool) -> int:
    condition = (LogChange.seen_at < oldest) & LogChange.said.is_not(None)
    return _run(session, LogChange.id, condition, update(LogChange).values(said=None), dry_run)


def _batches(session: Session, oldest: datetime, dry_run: bool) -> int:
    owed = select(LogOwed.batch_id).where(LogOwed.batch_id == LogBatch.id).exists()
    first = LogBatch.id * (1 << POSITION_BITS)
    last = first + (1 << POSITION_BITS)
    used = select(LogChange.id).where(LogChange.id >= first, LogChange.id < last).exists()
    condition = (LogBatch.written_at < oldest) & ~owed
    if not dry_run:  # their changes have gone by then, but in a dry run they are still there
        condition &= ~used
    return _run(session, LogBatch.id, condition, delete(LogBatch), dry_run)


def _rejects(session: Session, oldest: datetime, dry_run: bool) -> int:
    return _run(session, LogReject.id, LogReject.seen_at < oldest, delete(LogReject), dry_run)


def _leases(session: Session, oldest: datetime, dry_run: bool) -> int:
    return _run(session, Lease.name, Lease.expires_at < oldest, delete(Lease), dry_run)
