"""Batches: what is committed together, and who is owed it."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.database import UtcDateTime
from giftpulse.logs.models import BATCH_LIMIT

_INSERT = "INSERT INTO log_batches (source, written_at, changes, history) VALUES (:source, :now, :changes, :history)"
_NOW = bindparam("now", type_=UtcDateTime())
_START = text(_INSERT + " RETURNING id").bindparams(_NOW)
_OWE = text("INSERT INTO log_owed (reader, batch_id, attempts) SELECT name, :batch, 0 FROM log_readers")
# Both in one round trip, where the database can.
_START_AND_OWE = text(
    f"WITH batch AS ({_INSERT} RETURNING id), "
    "owed AS (INSERT INTO log_owed (reader, batch_id, attempts) SELECT name, batch.id, 0 FROM log_readers, batch) "
    "SELECT id FROM batch"
).bindparams(_NOW)


_RESERVE = "SELECT nextval('log_batches_id_seq')"
_START_RESERVED = (
    "WITH batch AS (INSERT INTO log_batches (id, source, written_at, changes, history) "
    "VALUES (%s, %s, %s, %s, %s) RETURNING id, history) "
    "INSERT INTO log_owed (reader, batch_id, attempts) "
    "SELECT name, batch.id, 0 FROM log_readers, batch WHERE NOT batch.history"
)


class Reserved:
    """The id of a batch that may come, asked for beside another question so that it costs no round trip of its own.
    Postgres only: SQLite numbers a batch as it is written, and has no round trips to save."""

    def __init__(self, session: Session) -> None:
        self._cursor: Any = None
        if not bulk.is_sqlite(session):
            self._cursor = session.connection().connection.cursor()
            self._cursor.execute(_RESERVE)

    def id(self) -> int | None:
        """The id, once; None on SQLite."""
        if self._cursor is None:
            return None
        (reserved,) = self._cursor.fetchone()
        self._cursor.close()
        return int(reserved)


def start(
    session: Session, source: str, now: datetime, changes: int, *, owed: bool, reserved: int | None = None
) -> int:
    """A new batch; answers its id. ``owed``: to every reader; else it is history, and owed to none."""
    if reserved is not None:
        with bulk.cursor(session) as cursor:
            cursor.execute(_START_RESERVED, (reserved, source, now, changes, not owed))
        return reserved
    values = {"source": source, "now": now, "changes": changes, "history": not owed}
    connection = session.connection()
    if owed and not bulk.is_sqlite(session):
        return int(connection.execute(_START_AND_OWE, values).scalar_one())
    batch = int(connection.execute(_START, values).scalar_one())
    if owed:
        connection.execute(_OWE, {"batch": batch})
    return batch


def first_sights(session: Session, base: int, source: str, now: datetime) -> None:
    """The changes of entries that a list showed for the first time, made by the database from the entries themselves.

    Says what ``merge.first_sight`` says: an alert happened when it was generated, the others when they were updated.
    """
    statement = _SIGHTS["MIN" if bulk.is_sqlite(session) else "LEAST"]
    values = {"first": base, "end": base + BATCH_LIMIT, "source": source, "now": now}
    session.connection().execute(statement, values)


_SIGHTS = {
    least: text(
        "INSERT INTO log_changes (id, log_id, seen_at, event_at, source, status_after, error_after) "
        "SELECT id, id, seen_at, "
        f"{least}(CASE kind WHEN 'alert' THEN event_at ELSE COALESCE(twilio_updated_at, event_at) END, :now), "
        "CAST(:source AS VARCHAR), status, error_code FROM log_entries WHERE id >= :first AND id < :end"
    ).bindparams(_NOW)
    for least in ("MIN", "LEAST")
}
