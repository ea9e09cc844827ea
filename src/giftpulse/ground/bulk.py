"""The bulk paths: many rows in one statement, COPY on Postgres and executemany on SQLite, behind one seam."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def is_sqlite(session: Session) -> bool:
    """Which of the two databases this session speaks to."""
    return session.get_bind().dialect.name == "sqlite"


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``column IN (values)`` with one parameter for any number of values, so that the statement is compiled once."""
    if is_sqlite(session):
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == func.any(bindparam(None, list(values), type_=ARRAY(column.type)))


def insert(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows to a table. Values are what the columns take; instants are aware datetimes. Conflicts raise."""
    if not rows:
        return
    names = ", ".join(columns)
    cursor = session.connection().connection.cursor()
    try:
        if is_sqlite(session):
            marks = ", ".join("?" * len(columns))
            cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        else:
            _copy(cursor, f"COPY {table.name} ({names}) FROM STDIN", rows)
    finally:
        cursor.close()


def insert_new(
    session: Session,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    key: Sequence[str],
) -> None:
    """Add the rows whose ``key`` is not there yet; leave the others alone."""
    if not rows:
        return
    names, keys = ", ".join(columns), ", ".join(key)
    cursor = session.connection().connection.cursor()
    try:
        if is_sqlite(session):
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT ({keys}) DO NOTHING"
            cursor.executemany(statement, rows)
        else:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS incoming_{table.name} (LIKE {table.name}) ON COMMIT DELETE ROWS"
            )
            cursor.execute(f"DELETE FROM incoming_{table.name}")
            _copy(cursor, f"COPY incoming_{table.name} ({names}) FROM STDIN", rows)
            cursor.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming_{table.name} "
                f"ORDER BY {keys} ON CONFLICT ({keys}) DO NOTHING"
            )
    finally:
        cursor.close()


def update(session: Session, table: Table, key: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set ``columns`` of the rows whose ``key`` is the first value of each given row."""
    if not rows:
        return
    types = {name: table.c[name].type.compile(session.get_bind().dialect) for name in (key, *columns)}
    cursor = session.connection().connection.cursor()
    try:
        if is_sqlite(session):
            settings = ", ".join(f"{name} = ?" for name in columns)
            cursor.executemany(
                f"UPDATE {table.name} SET {settings} WHERE {key} = ?",
                [(*row[1:], row[0]) for row in rows],
            )
        else:
            # One array per column: a single statement whatever the number of rows.
            settings = ", ".join(f"{name} = new.{name}" for name in columns)
            arrays = ", ".join(f"%s::{types[name]}[]" for name in (key, *columns))
            names = ", ".join((key, *columns))
            cursor.execute(
                f"UPDATE {table.name} AS old SET {settings} "
                f"FROM unnest({arrays}) AS new({names}) WHERE old.{key} = new.{key}",
                [list(column) for column in zip(*rows, strict=True)],
            )
    finally:
        cursor.close()


def lock_timeout(session: Session, milliseconds: int) -> None:
    """Give up on a lock after this long (Postgres; on SQLite the busy timeout holds)."""
    if not is_sqlite(session):
        session.execute(text(f"SET LOCAL lock_timeout = {int(milliseconds)}"))


def _copy(cursor: Any, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
