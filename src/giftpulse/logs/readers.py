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


_SUSPECT_AFTER = 2  # attempts; whoever has more was claimed alone
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

    A batch that failed twice is claimed alone, and ever more seldom: it must not hold up the others.
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


def release(session: Session, reader: str, batches: Sequence[int]) -> None:
    """Give a claim back: the work failed, and may be tried again at once. The attempt still counts.

    A batch that was claimed alone, as one that failed before, waits until its claim ends: tried again at once it would
    be the oldest forever, and the others would never come.
    """
    given_up = update(LogOwed).where(LogOwed.reader == reader, bulk.among(session, LogOwed.batch_id, batches))
    session.execute(given_up.where(LogOwed.attempts <= _SUSPECT_AFTER).values(claimed_until=None))


def put_off(session: Session, reader: str, batches: Sequence[int], until: datetime) -> None:
    """Leave what was claimed until later: it is not due yet."""
    waits = update(LogOwed).where(LogOwed.reader == reader, bulk.among(session, LogOwed.batch_id, batches))
    session.execute(waits.values(claimed_until=until))


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
        found = [(change, entry.last_change_id, entry_of(entry)) for change, entry in session.execute(statement)]
        _rewind(session, found)
        for change, _, after in found:
            yield _reading(change, after)


def _rewind(session: Session, found: Sequence[tuple[LogChange, int, Entry]]) -> None:
    """Bring each entry back to where it was after its change, by undoing what came later, the latest first."""
    at = {change.id: last for change, last, _ in found if last != change.id}
    entries = {change.id: entry for change, _, entry in found}
    while at:
        later = session.scalars(select(LogChange).where(bulk.among(session, LogChange.id, set(at.values()))))
        known = {change.id: change for change in later}
        for change_id, last in tuple(at.items()):
            step = known.get(last)
            if step is None or step.previous_id is None:  # retention has taken the rest
                del at[change_id]
                continue
            _undo(entries[change_id], step)
            at[change_id] = step.previous_id
            if step.previous_id == change_id:
                del at[change_id]


def _undo(entry: Entry, change: LogChange) -> None:
    entry.status, entry.error_code = change.status_before, change.error_before
    for name, (old, _) in (msgspec.json.decode(change.other) if change.other else {}).items():
        # Of a text we only know whether there was one; if so, it is taken for what it is now.
        if name not in UNTOLD or old is None:
            setattr(entry, name, old)


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


def _reading(change: LogChange, after: Entry) -> Reading:
    before: Entry | None = None
    if change.id != change.log_id:
        before = msgspec.structs.replace(after)
        _undo(before, change)
    return Reading(change.id, change.log_id, change.event_at, change.seen_at, change.source, after, before)
