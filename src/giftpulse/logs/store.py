"""Writing the record: what was said goes in once, and each transition becomes a change owed to every reader.

The decision is made in Python (merge.py), the writing is by sets: one read, then one bulk statement per table.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, cast

import msgspec
import psycopg
from sqlalchemy import Table, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.database import announce, instant_text
from giftpulse.logs import batches, chase, known
from giftpulse.logs.entry import STORED, Entry, Source
from giftpulse.logs.known import Key, Slot
from giftpulse.logs.merge import Change, first_sight, merge
from giftpulse.logs.models import BATCH_LIMIT, POSITION_BITS, LogChange, LogEntry, LogReader, LogReject

Said = tuple[Entry, Source]
"""What was said, and by whom."""

# Twice the limit could be needed if every entry came twice with a change; half of it never overflows a batch.
AT_ONCE = BATCH_LIMIT // 2
"""Entries that are written in one batch, at most."""

CHANGED = "logs.changed"
"""The announcement that there are changes to read."""

_ENTRIES = cast(Table, LogEntry.__table__)
_CHANGES = cast(Table, LogChange.__table__)
_KEY = ("sid", "account_sid")
_CHANGE_COLUMNS = (
    "id", "log_id", "previous_id", "seen_at", "event_at", "source",
    "status_before", "status_after", "error_before", "error_after", "other", "said",
)  # fmt: skip
ADDED_COLUMNS = ("id", *known.COLUMNS, "seen_at", "last_change_id", "chase_at", "settled")
_CHANGED_COLUMNS = (*known.COLUMNS, "last_change_id", "chase_at", "settled")
_WIDTH = len(STORED)
_INSTANTS = slice(STORED.index("event_at"), STORED.index("twilio_updated_at") + 1)
_SAMPLES = 3
_WORTH_TRYING = 250  # rows from which taking all of them for new saves more than it may cost
_by_key = itemgetter(ADDED_COLUMNS.index("sid"), ADDED_COLUMNS.index("account_sid"))
_json = msgspec.json.Encoder()


@dataclass
class Written:
    """What a write did, in numbers."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


@dataclass
class _Rows:
    """Everything a batch writes, ready for the bulk paths. ``plain``: each added entry came once, from a list, so
    that its one change is all in the entry, and is not among ``changes``."""

    added: list[tuple[Any, ...]] = field(default_factory=list)
    altered: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    plain: bool = False


class _NotNewError(Exception):
    """A batch that was taken for wholly new was not."""


def write(
    session: Session, entries: Sequence[Entry], source: Source, now: datetime, *, history: bool = False
) -> Written:
    """Store what was said. The same again writes nothing; an older state moves nothing back; nothing is there twice."""
    return write_mixed(session, [(entry, source) for entry in entries], now, history=history)


def write_mixed(session: Session, said: Sequence[Said], now: datetime, *, history: bool = False) -> Written:
    """The same for what several sources said. Up to ``AT_ONCE`` entries, whoever said them, are looked up together and
    added together: then two writers of the same ones cannot wait for each other."""
    total = Written()
    for start in range(0, len(said), AT_ONCE):
        total += _write_batch(session, said[start : start + AT_ONCE], now, history)
    return total


def reject(session: Session, raw: bytes | str, reason: str, source: Source, now: datetime) -> None:
    """Keep what could not be made into an entry; the same again, as each poll shows it, is not kept again."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    dialect = sqlite if bulk.is_sqlite(session) else postgresql
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
    values = {"digest": digest, "source": source, "seen_at": now, "reason": reason[:2000]}
    kept = dialect.insert(LogReject).values(**values, raw=text.replace("\x00", "\ufffd"))
    session.execute(kept.on_conflict_do_nothing(index_elements=[LogReject.digest]))


def add_reader(session: Session, name: str, now: datetime) -> None:
    """From now on every batch is owed to this reader too. Harmless if it is known already, or made by several processes
    that start at once."""
    dialect = sqlite if bulk.is_sqlite(session) else postgresql
    added = dialect.insert(LogReader).values(name=name, since=now)
    session.execute(added.on_conflict_do_nothing(index_elements=[LogReader.name]))


def _write_batch(session: Session, said: Sequence[Said], now: datetime, history: bool) -> Written:
    entries = [entry for entry, _ in said]
    if _looks_new(session, entries):
        try:
            with session.begin_nested():
                return _put(session, said, None, now, history)
        except _NotNewError:
            pass
    with bulk.together(session):
        reserved = batches.Reserved(session)
        stored = known.slots(session, entries)
    return _put(session, said, stored, now, history, reserved.id())


def _looks_new(session: Session, entries: Sequence[Entry]) -> bool:
    """Whether a page is worth trying as wholly new, which saves looking up each of its rows."""
    if len(entries) <= _WORTH_TRYING:
        return False
    samples = [entries[round(i * (len(entries) - 1) / (_SAMPLES - 1))] for i in range(_SAMPLES)]
    return not known.is_any_stored(session, samples)


def _put(
    session: Session,
    said: Sequence[Said],
    stored: dict[Key, Slot] | None,
    now: datetime,
    history: bool,
    reserved: int | None = None,
) -> Written:
    """Merge and write. ``stored`` None: it is tried whether all of them are new."""
    slots, unchanged = _decide(said, stored or {}, now)
    touched = [slot for slot in slots.values() if slot.touched]
    if not touched:
        return Written(unchanged=unchanged)
    # Pages show the newest first; ids, and with them lists and readers, go with time.
    touched.sort(key=lambda slot: slot.changes[0].event_at if slot.changes else now)
    number = sum([len(slot.changes) for slot in touched])
    source, owed = said[0][1], bool(number) and not history
    is_small = reserved is not None and len(touched) <= _WORTH_TRYING and number <= bulk.FEW
    with bulk.together(session) if is_small else nullcontext():
        batch = batches.start(session, source, now, number, owed=owed, reserved=reserved)
        rows = _rows(touched, batch << POSITION_BITS, source, now)
        bulk.update(session, _ENTRIES, "id", _CHANGED_COLUMNS, rows.altered)
        bulk.insert(session, _CHANGES, _CHANGE_COLUMNS, rows.changes)
        # Asked for its result, and therefore the last.
        missed = _add(session, rows.added, certain=stored is not None)
    if missed:
        # Another writer saw these first, in this very moment. Theirs stands; ours is merged with it.
        _take_back(session, [row[0] for row in missed])
    if rows.plain:
        batches.first_sights(session, batch << POSITION_BITS, source, now)
    if owed:
        announce(session, CHANGED)
    written = Written(new=len(rows.added) - len(missed), changed=len(rows.altered), unchanged=unchanged)
    if missed:
        again = {(row[1], row[2]) for row in missed}
        written += _write_batch(session, [s for s in said if (s[0].account_sid, s[0].sid) in again], now, history)
    return written


def _take_back(session: Session, ids: Sequence[int]) -> None:
    """Remove the changes of entries that another writer added before us."""
    session.execute(delete(LogChange).where(bulk.among(session, LogChange.log_id, ids), LogChange.id >= min(ids)))


def _decide(said: Iterable[Said], stored: dict[Key, Slot], now: datetime) -> tuple[dict[Key, Slot], int]:
    """Merge everything said with everything known, in the order in which it was said."""
    slots: dict[Key, Slot] = {}
    unchanged = 0
    for entry, source in said:
        key = (entry.account_sid, entry.sid)
        slot = slots.get(key) or stored.get(key)
        if slot is None:
            change = first_sight(entry, now)
            change.source = source
            slots[key] = Slot(entry, None, None, now, [change], True)
            continue
        slots[key] = slot
        result = merge(slot.entry, entry, now)
        if result is None:
            unchanged += 1
            continue
        slot.entry, news = result
        slot.touched = True
        if news is not None:
            news.source = source
            slot.changes.append(news)
    return slots, unchanged


def _add(session: Session, rows: Sequence[tuple[Any, ...]], *, certain: bool) -> Sequence[tuple[Any, ...]]:
    """Add new entries; answers those that another writer added in the meantime. Where it is not ``certain`` that
    they are new, one that is not ends the attempt (:class:`_NotNewError`)."""
    # All writers go in the same order, so that no two can wait for each other.
    rows = sorted(rows, key=_by_key)
    if not certain or len(rows) > _WORTH_TRYING:
        try:
            with session.begin_nested():
                bulk.insert(session, _ENTRIES, ADDED_COLUMNS, rows)
            return ()
        except (IntegrityError, psycopg.errors.UniqueViolation, sqlite3.IntegrityError):
            if not certain:
                raise _NotNewError from None
    added = bulk.insert_new(session, _ENTRIES, ADDED_COLUMNS, rows, key=_KEY)
    return [row for row in rows if row[0] not in added]


def _rows(touched: Sequence[Slot], base: int, source: Source, now: datetime) -> _Rows:
    rows, position = _Rows(), base
    new = [slot.changes for slot in touched if slot.id is None]
    rows.plain = bool(new) and all(len(c) == 1 and c[0].said is None and c[0].source == source for c in new)
    seen = instant_text(now)
    for slot in touched:
        entry, is_new = slot.entry, slot.id is None
        entry_id = position if slot.id is None else slot.id
        previous = slot.last_change_id
        for change in slot.changes:
            if not (is_new and rows.plain):
                rows.changes.append(_change_row(position, entry_id, previous, change, seen))
            previous = position
            position += 1
        if entry.event_at is None:
            entry.event_at = now
        chase_at, settled = chase.plan(entry, slot.seen_at or now, now)
        values = values_of(entry)
        asked = instant_text(chase_at) if chase_at else None
        if is_new:
            rows.added.append((entry_id, *values, seen, previous, asked, settled))
        else:
            rows.altered.append((entry_id, *values, previous, asked, settled))
    return rows


def values_of(entry: Entry) -> tuple[Any, ...]:
    """The columns of an entry, its three instants as text."""
    values = msgspec.structs.astuple(entry)
    event_at, created_at, updated_at = values[_INSTANTS]
    return (
        *values[: _INSTANTS.start],
        instant_text(event_at),
        instant_text(created_at) if created_at else None,
        instant_text(updated_at) if updated_at else None,
        *values[_INSTANTS.stop : _WIDTH],
    )


def _change_row(position: int, entry_id: int, previous: int | None, change: Change, seen: str) -> tuple[Any, ...]:
    return (
        position,
        entry_id,
        previous,
        seen,
        instant_text(change.event_at),
        change.source,
        change.status_before,
        change.status_after,
        change.error_before,
        change.error_after,
        _json.encode(change.other).decode() if change.other else None,
        change.said,
    )
