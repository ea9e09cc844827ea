"""Moving an installation's rows from one database to another, each value as it is. Nothing is held in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Dialect, Table, func, inspect, literal, select, text
from sqlalchemy import table as named
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.lock import Lease
from giftpulse.ground.runs import RoundRun

AT_ONCE = 2000
"""Rows that are fetched from the source together."""

QUIET = timedelta(minutes=1)
"""A service that runs notes so every 30 seconds, so that after this time without a note none does."""

_PATIENCE = "10s"  # for those who write to the source at the moment

Tell = Callable[[str, int], None]
"""Told now and then: the table, and how many of its rows were copied."""


def life(session: Session, now: datetime) -> list[str]:
    """What says that a service works on this database at the moment: who is there (``presence.py``), leases that are
    held, rounds that just ran."""
    held = select(Lease.name, Lease.holder).where(Lease.expires_at > now).order_by(Lease.name)
    ran = select(RoundRun.name, RoundRun.last_run_at).where(RoundRun.last_run_at > now - QUIET)
    return [
        *(name if name.endswith(holder) else f"{name} is held by {holder}" for name, holder in session.execute(held)),
        *(
            f"the round {name} ran {max(0, round((now - at).total_seconds()))} s ago"
            for name, at in session.execute(ran.order_by(RoundRun.name))
        ),
    ]


def still(session: Session, tables: Sequence[Table], *, beside_writers: bool) -> None:
    """Make what this new transaction reads one state of the whole, for as long as it is open. Nobody else can write
    meanwhile, unless it goes on ``beside_writers``. On SQLite a transaction that may write is that already."""
    if bulk.is_sqlite(session):
        return
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    if not beside_writers:  # locked before the first look at anything, so that nothing committed meanwhile is missed
        session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        session.execute(text(f"LOCK TABLE {', '.join(table.name for table in tables)} IN SHARE MODE"))


def holding(session: Session) -> str | None:
    """The first table of a database, ours or not, that holds a row; None if it is empty. Migrations do not count."""
    connection = session.connection()
    for name in sorted(set(inspect(connection).get_table_names()) - {"alembic_version"}):
        if connection.scalar(select(literal(1)).select_from(named(name)).limit(1)) is not None:
            return name
    return None


def count(session: Session, tables: Iterable[Table]) -> dict[str, int]:
    """How many rows each table has."""
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def copy(source: Session, target: Session, tables: Sequence[Table], tell: Tell) -> dict[str, int]:
    """Copy all rows of these tables, in this order, into those of the target, which are empty; then let ids go on after
    the highest. Answers how many of each. Raises ConflictError when not all of them are there afterwards."""
    wanted = count(source, tables)
    for table in tables:
        bulk.pour(target, table, [column.name for column in table.columns], _rows(source, target, table, tell))
    found = count(target, tables)
    short = [f"{name}: {found[name]:,} of {wanted[name]:,}" for name in wanted if found[name] != wanted[name]]
    if short:
        raise ConflictError(f"not all rows are in the new database ({'; '.join(short)}); nothing was kept there")
    if not bulk.is_sqlite(target):
        _go_on(target, tables)
    return found


def _rows(source: Session, target: Session, table: Table, tell: Tell) -> Iterator[Sequence[Any]]:
    """The rows of a table in the order of its key, written as the target's driver wants them."""
    dialect = target.connection().dialect
    writers = [(place, writer) for place, column in enumerate(table.columns) if (writer := _writer(column, dialect))]
    statement = select(*table.columns).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    done = 0
    for page in source.execute(statement).partitions():
        for row in page:
            values = list(row)
            for place, writer in writers:
                values[place] = writer(values[place])
            yield values
        done += len(page)
        tell(table.name, done)


def _writer(column: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a driver is told a value of this column: an instant is text in SQLite, a truth a number."""
    found: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return found


def _go_on(session: Session, tables: Iterable[Table]) -> None:
    """Postgres: new ids come from sequences, which know nothing of rows that brought theirs along. And what it knows
    of the tables is brought up to date, or the first questions would be answered by reading all of them."""
    for table in tables:
        counter = table.autoincrement_column
        if counter is not None:
            highest = session.scalar(select(func.max(counter)))
            sequence = func.pg_get_serial_sequence(table.name, counter.name)
            session.execute(select(func.setval(sequence, highest or 1, highest is not None)))
        session.execute(text(f"ANALYZE {table.name}"))
