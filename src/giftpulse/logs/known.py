"""What is stored already of the entries that somebody speaks of: whole, and locked, where there may be news."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, Select, Table, bindparam, select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.logs.entry import STORED, Entry
from giftpulse.logs.merge import Change
from giftpulse.logs.models import LogEntry

Key = tuple[str, str]
"""Account and SID."""

# ``from`` and ``to`` are words of SQL, so these two columns have other names than their fields.
COLUMNS = tuple({"from_": "from_number", "to": "to_number"}.get(name, name) for name in STORED)

_table = cast(Table, LogEntry.__table__)


class _Statement:
    """A question that is made once, for building one costs more than running it. To Postgres it is put through the
    driver itself, so that it can be one of several that go out together (``bulk.together``)."""

    def __init__(self, made: Callable[[ColumnElement[bool]], Select[Any]]) -> None:
        self.sqlite = made(bulk.among_named(_table.c.sid, "sids", sqlite=True))
        self.postgres = str(made(bulk.among_named(_table.c.sid, "sids", sqlite=False)).compile(dialect=_psycopg))


_psycopg = psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
_ours = _table.c.account_sid == bindparam("account")
_HASHES = _Statement(
    lambda among: select(_table.c.id, _table.c.sid, _table.c.content_hash, _table.c.kind).where(_ours, among)
)
# In the order of ids, so that two writers cannot wait for each other.
_WHOLE = _Statement(
    lambda among: (
        select(_table.c.id, _table.c.last_change_id, _table.c.seen_at, *(_table.c[name] for name in COLUMNS))
        .where(_ours, among)
        .order_by(_table.c.id)
        .with_for_update()
    )
)


class Slot(msgspec.Struct, gc=False):
    """One entry on its way: as it was, as it is, and the changes that led there."""

    entry: Entry
    id: int | None = None
    last_change_id: int | None = None
    seen_at: datetime | None = None
    changes: list[Change] = []
    touched: bool = False


def slots(session: Session, entries: Iterable[Entry]) -> dict[Key, Slot]:
    """The stored ones among these entries."""
    said: dict[str, dict[str, set[bytes | None]]] = {}
    for entry in entries:
        said.setdefault(entry.account_sid, {}).setdefault(entry.sid, set()).add(entry.content_hash)
    found: dict[Key, Slot] = {}
    # One order of locks over everything asked for: accounts, and in each of them ids.
    for account, hashes in sorted(said.items()):
        differing = [sid for sid, known in hashes.items() if None in known]
        listed = [sid for sid, known in hashes.items() if None not in known]
        for slot in _by_hash(session, account, listed):
            if hashes[slot.entry.sid] == {slot.entry.content_hash}:
                found[account, slot.entry.sid] = slot
            else:
                differing.append(slot.entry.sid)
        for slot in _whole(session, account, differing):
            found[account, slot.entry.sid] = slot
    return found


def is_any_stored(session: Session, entries: Iterable[Entry]) -> bool:
    """Whether one of these is stored already. Locks nothing: that is for whoever asks for all, in the order of ids."""
    return any(_rows(session, _HASHES, entry.account_sid, [entry.sid]) for entry in entries)


def _by_hash(session: Session, account: str, sids: Sequence[str]) -> Iterator[Slot]:
    """No more than the hash: enough for entries that a page shows once more as they were."""
    if not sids:
        return
    for entry_id, sid, content_hash, kind in _rows(session, _HASHES, account, sids):
        yield Slot(Entry(account_sid=account, sid=sid, kind=kind, content_hash=content_hash), entry_id)


def _whole(session: Session, account: str, sids: Sequence[str]) -> Iterator[Slot]:
    if not sids:
        return
    for row in _rows(session, _WHOLE, account, sids):
        yield Slot(Entry(**dict(zip(STORED, row[3:], strict=True))), row[0], row[1], row[2])


def _rows(session: Session, statement: "_Statement", account: str, sids: Sequence[str]) -> Sequence[Any]:
    values = {"account": account, "sids": bulk.many(session, sids)}
    if bulk.is_sqlite(session):
        return session.connection().execute(statement.sqlite, values).all()
    with bulk.cursor(session) as cursor:
        found: Sequence[Any] = cursor.execute(statement.postgres, values).fetchall()
        return found
