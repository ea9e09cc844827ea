"""Reading changes: a reader claims batches that it is owed, works on them, and settles in the same transaction.

A claim is a lease. If the worker dies, the batch is claimable again when the lease ends, and nothing is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.logs.entry import STORED, Entry
from giftpulse.logs.merge import UNTOLD
from giftpulse.logs.models import POSITION_BITS, LogBatch, LogChange, LogEntry, LogOwed

LEASE = timedelta(minutes=2)
"""How long a worker may take over the batches that it claimed."""


_SUSPECT_AFTER = 2  # attempts
_MOST_PATIENCE = 30  # leases


@dataclass(frozen=True, slots=True)
class Reading:
    """One change as a reader sees it: the entry after it, and the entry before (None at the first sight)."""

    change_id: int
    log_id: int
    event_at: datetime
    seen_at: datetime
    source: str
    after: Entry
    before: Entry | None


def claim(session: Session, reader: str, now: datetime, *, changes: int = 4000) -> list[int]:
    """Claim the oldest owed batches, up to about so many changes (at least one batch). Answers their ids.

    A batch that failed before is claimed alone, and ever more seldom: it must not hold up the others.
    """
    free = (LogOwed.claimed_until.is_(None)) | (LogOwed.claimed_until <= now)
    owed = (
        select(LogOwed.batch_id, LogBatch.changes, LogOwed.attempts)
        .join(LogBatch, LogBatch.id == LogOwed.batch_id)
        .where(LogOwed.reader == reader, free)
        .order_by(LogOwed.batch_id)
        .limit(500)
        .with_for_update(skip_locked=True, of=LogOwed)
    )
    claimed: list[int] = []
    total = 0
    patience = 1
    for batch_id, size, attempts in session.execute(owed):
        suspect = attempts >= _SUSPECT_AFTER
        if claimed and (suspect or total + size > changes):
            break
        claimed.append(batch_id)
        total += size
        if suspect:
            patience = min(attempts, _MOST_PATIENCE)
            break
    if claimed:
        session.execute(
            update(LogOwed)
            .where(LogOwed.reader == reader, bulk.among(session, LogOwed.batch_id, claimed))
            .values(claimed_until=now + LEASE * patience, attempts=LogOwed.attempts + 1)
        )
    return claimed


def read(session: Session, batches: Sequence[int]) -> Iterator[Reading]:
    """The changes of these batches, in the order of writing."""
    for batch in batches:
        first = batch << POSITION_BITS
        statement = (
            select(LogChange, LogEntry)
            .join(LogEntry, LogEntry.id == LogChange.log_id)
            .where(LogChange.id >= first, LogChange.id < first + (1 << POSITION_BITS))
            .order_by(LogChange.id)
        )
        for change, entry in session.execute(statement):
            yield _reading(change, entry)


def settle(session: Session, reader: str, batches: Sequence[int]) -> int:
    """These batches are done: owed no more. Answers how many still were: fewer means that somebody else took over."""
    done = delete(LogOwed).where(LogOwed.reader == reader, bulk.among(session, LogOwed.batch_id, batches))
    return len(session.scalars(done.returning(LogOwed.batch_id)).all())


def owed_since(session: Session, reader: str) -> tuple[int, datetime | None]:
    """How many batches this reader is behind, and when the oldest of them was written."""
    row = session.execute(
        select(func.count(), func.min(LogBatch.written_at))
        .select_from(LogOwed)
        .join(LogBatch, LogBatch.id == LogOwed.batch_id)
        .where(LogOwed.reader == reader)
    ).one()
    return row[0], row[1]


def entry_of(row: LogEntry) -> Entry:
    """A stored entry as a value."""
    return Entry(**{name: getattr(row, name) for name in STORED if name != "raw"})


def _reading(change: LogChange, row: LogEntry) -> Reading:
    """The entry may have moved on since this change: what the change says of it wins over what is stored now."""
    after = entry_of(row)
    after.status, after.error_code = change.status_after, change.error_after
    before: Entry | None = None
    other = msgspec.json.decode(change.other) if change.other else {}
    for name, (_, new) in other.items():
        if name not in UNTOLD:
            setattr(after, name, new)
    if change.id != change.log_id:
        before = msgspec.structs.replace(after, status=change.status_before, error_code=change.error_before)
        for name, (old, _) in other.items():
            setattr(before, name, old)
    return Reading(change.id, change.log_id, change.event_at, change.seen_at, change.source, after, before)
