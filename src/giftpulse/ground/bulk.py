"""The bulk paths: many rows in one statement, behind one seam.

SQLite: executemany. Postgres: COPY for very many rows; else one statement with all values in one JSON parameter, which
costs Python a tenth of binding each value, and the database a third.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Column, ColumnElement, LargeBinary, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def is_sqlite(session: Session) -> bool:
    """Which of the two databases this session speaks to."""
    return session.get_bind().dialect.name == "sqlite"


@contextmanager
def together(session: Session) -> Iterator[None]:
    """What is executed in this block and not asked for its result goes out in one round trip (Postgres; COPY cannot be
    among it). An error is raised by the first result that is read, or at the end."""
    if is_sqlite(session):
        yield
        return
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    with connection.pipeline():
        yield


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """``column IN (values)`` with one parameter for any number of values, so that the statement is compiled once."""
    if is_sqlite(session):
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == func.any(bindparam(None, list(values), type_=ARRAY(column.type)))


FEW = 2000
"""Rows up to which one JSON parameter beats COPY."""

_json = msgspec.json.Encoder()
_postgres = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


def among_named(column: Column[Any], name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """The same for a statement that is made once: the values come later, by name, from :func:`many`."""
    if sqlite:
        each = func.json_each(bindparam(name)).table_valued("value")
        return column.in_(select(each.c.value))
    return column == func.any(bindparam(name, type_=ARRAY(column.type)))


def many(session: Session, values: Iterable[Any]) -> Any:
    """Values as the parameter of :func:`among_named`."""
    return json.dumps(list(values)) if is_sqlite(session) else list(values)


def insert(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows to a table. Values are what the columns take, instants as ``instant_text`` has them. Conflicts raise."""
    if not rows:
        return
    with cursor(session) as each:
        if is_sqlite(session):
            each.executemany(_values(table.name, tuple(columns)), rows)
        elif len(rows) <= FEW:
            names = ", ".join(columns)
            each.execute(f"INSERT INTO {table.name} ({names}) {_unpacked(table, tuple(columns))}", (_packed(rows),))
        else:
            _copy(each, f"COPY {table.name} ({', '.join(columns)}) FROM STDIN", rows)


def pour(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add any number of rows as they come, and hold none of them (Postgres: one COPY). Conflicts raise."""
    with cursor(session) as each:
        if is_sqlite(session):
            each.executemany(_values(table.name, tuple(columns)), rows)
        else:
            _copy(each, f"COPY {table.name} ({', '.join(columns)}) FROM STDIN", rows)


def insert_new(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, key: Sequence[str]
) -> set[Any]:
    """Add the rows whose ``key`` is not there yet; leave the others alone. Answers the first values of those added."""
    if not rows:
        return set()
    names, keys = ", ".join(columns), ", ".join(key)
    ending = f" ON CONFLICT ({keys}) DO NOTHING RETURNING {columns[0]}"
    with cursor(session) as each:
        if is_sqlite(session):
            one = _values(table.name, tuple(columns)) + ending
            return {added[0] for row in rows for added in each.execute(one, row).fetchall()}
        if len(rows) <= FEW:
            source = _unpacked(table, tuple(columns))
            each.execute(f"INSERT INTO {table.name} ({names}) {source}{ending}", (_packed(rows),))
            return {row[0] for row in each.fetchall()}
        incoming = f"incoming_{table.name}"
        each.execute(f"CREATE TEMP TABLE IF NOT EXISTS {incoming} (LIKE {table.name}) ON COMMIT DELETE ROWS")
        each.execute(f"DELETE FROM {incoming}")
        _copy(each, f"COPY {incoming} ({names}) FROM STDIN", rows)
        # In the order of the key, so that two writers cannot wait for each other.
        each.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {incoming} ORDER BY {keys}" + ending)
        return {row[0] for row in each.fetchall()}


def update(session: Session, table: Table, key: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set ``columns`` of the rows whose ``key`` is the first value of each given row."""
    if not rows:
        return
    with cursor(session) as each:
        if is_sqlite(session):
            settings = ", ".join(f"{name} = ?" for name in columns)
            statement = f"UPDATE {table.name} SET {settings} WHERE {key} = ?"
            each.executemany(statement, [(*row[1:], row[0]) for row in rows])
        else:
            settings = ", ".join(f"{name} = new.{name}" for name in columns)
            new = f"({_unpacked(table, (key, *columns))}) AS new({', '.join((key, *columns))})"
            statement = f"UPDATE {table.name} AS old SET {settings} FROM {new} WHERE old.{key} = new.{key}"
            each.execute(statement, (_packed(rows),))


@contextmanager
def cursor(session: Session) -> Iterator[Any]:
    """The driver's own cursor, in the session's transaction: for statements that run thousands of times a minute."""
    opened = session.connection().connection.cursor()
    try:
        yield opened
    finally:
        opened.close()


@lru_cache(maxsize=256)
def _values(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


@lru_cache(maxsize=256)
def _unpacked(table: Table, columns: tuple[str, ...]) -> str:
    """The rows of :func:`_packed`, each value in the type of its column."""
    values = []
    for position, name in enumerate(columns):
        kind = table.c[name].type
        text = f"(e->>{position})"
        binary = isinstance(kind, LargeBinary)
        values.append(f"decode{text[:-1]}, 'base64')" if binary else f"{text}::{kind.compile(_postgres)}")
    return f"SELECT {', '.join(values)} FROM jsonb_array_elements(%s::jsonb) AS e"


def _packed(rows: Sequence[Sequence[Any]]) -> str:
    return _json.encode(rows).decode()


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
