"""Changing tables beside a service that runs: nobody waits for a migration, and no migration makes others wait long.

On Postgres a change of a table waits for all transactions that use it, and everybody who comes later waits behind the
change. So a migration gives up after a moment, undone, and can be run again. A new index of a table that may be big is
built ``CONCURRENTLY``: that takes longer, and holds up nobody (https://www.postgresql.org/docs/current/sql-createindex.html).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

LOCK_TIMEOUT = "3s"
"""How long a migration may wait for a table, and others behind it."""


@dataclass(frozen=True)
class NewIndex:
    """An index to build. ``where``: only rows that meet this condition are in it. ``using``: its kind on Postgres."""

    name: str
    table: str
    columns: Sequence[str]
    where: str | None = None
    using: str | None = None


def build(*indexes: NewIndex) -> None:
    """Build indexes. What the migration did before is committed by then (Postgres); one that was broken off here can be
    run again, and begins with the indexes that are half built."""
    with _beside_others() as concurrently:
        for each in indexes:
            where = None if each.where is None else sa.text(each.where)
            if concurrently:
                op.drop_index(each.name, table_name=each.table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                each.name, each.table, list(each.columns), postgresql_where=where, sqlite_where=where,
                postgresql_using=each.using, postgresql_concurrently=concurrently,
            )  # fmt: skip


def drop(*indexes: NewIndex) -> None:
    """The way back."""
    with _beside_others() as concurrently:
        for each in indexes:
            op.drop_index(each.name, table_name=each.table, if_exists=True, postgresql_concurrently=concurrently)


@contextmanager
def _beside_others() -> Iterator[bool]:
    if op.get_bind().dialect.name != "postgresql":
        yield False
        return
    with op.get_context().autocommit_block():
        # Building beside others waits for transactions that began before, while nobody waits for it.
        op.execute("SET lock_timeout = 0")
        yield True
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
