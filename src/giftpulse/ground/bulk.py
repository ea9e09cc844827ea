"""The bulk paths: many rows in one statement, behind one seam.

SQLite: executemany. Postgres: COPY for many rows; for few, executemany, which the driver sends as one pipeline.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql
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


FEW = 250
"""Rows up to which a pipeline of single statements beats COPY and its round trips."""

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
    with _cursor(session) as cursor:
        if is_sqlite(session):
            cursor.executemany(_values(table.name, tuple(columns), "?"), rows)
        elif len(rows) <= FEW:
            cursor.executemany(_values(table.name, tuple(columns), "%s"), rows)
        else:
            _copy(cursor, f"COPY {table.name} ({', '.join(columns)}) FROM STDIN", rows)


def insert_new(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, key: Sequence[str]
) -> set[Any]:
    """Add the rows whose ``key`` is not there yet; leave the others alone. Answers the first values of those added."""
    if not rows:
        return set()
    names, keys = ", ".join(columns), ", ".join(key)
    ending = f" ON CONFLICT ({keys}) DO NOTHING RETURNING {columns[0]}"
    with _cursor(session) as cursor:
        if is_sqlite(session):
            one = _values(table.name, tuple(columns), "?") + ending
            return {added[0] for row in rows for added in cursor.execute(one, row).fetchall()}
        if len(rows) <= FEW:
            cursor.executemany(_values(table.name, tuple(columns), "%s") + ending, rows, returning=True)
            return {row[0] for result in cursor.results() for row in result}
        incoming = f"incoming_{table.name}"
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {incoming} (LIKE {table.name}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {incoming}")
        _copy(cursor, f"COPY {incoming} ({names}) FROM STDIN", rows)
        # In the order of the key, so that two writers cannot wait for each other.
        cursor.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {incoming} ORDER BY {keys}" + ending)
        return {row[0] for row in cursor.fetchall()}


def update(session: Session, table: Table, key: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set ``columns`` of the rows whose ``key`` is the first value of each given row."""
    if not rows:
        return
    with _cursor(session) as cursor:
        if is_sqlite(session):
            settings = ", ".join(f"{name} = ?" for name in columns)
            statement = f"UPDATE {table.name} SET {settings} WHERE {key} = ?"
            cursor.executemany(statement, [(*row[1:], row[0]) for row in rows])
        else:
            settings = ", ".join(f"{name} = new.{name}" for name in columns)
            new = f"{_unnest(table, (key, *columns))} AS new({', '.join((key, *columns))})"
            statement = f"UPDATE {table.name} AS old SET {settings} FROM {new} WHERE old.{key} = new.{key}"
            cursor.execute(statement, _turned(rows))


@contextmanager
def _cursor(session: Session) -> Iterator[Any]:
    cursor = session.connection().connection.cursor()
    try:
        yield cursor
    finally:
        cursor.close()


@lru_cache(maxsize=256)
def _values(table: str, columns: tuple[str, ...], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


@lru_cache(maxsize=256)
def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    """``unnest`` of one array for each column: a single statement whatever the number of rows."""
    types = (table.c[name].type.compile(_postgres) for name in columns)
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in types)})"


def _turned(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _copy(cursor: Any, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
