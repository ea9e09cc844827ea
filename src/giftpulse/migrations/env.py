"""Run by Alembic for every migration command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, Connection, text

from giftpulse.ground.database import UtcDateTime
from giftpulse.migrations import beside
from giftpulse.schema import metadata


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their short names."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from giftpulse.ground.database import BigId, UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, BigInteger):
        autogen.imports.add("from giftpulse.ground.database import BigId, UtcDateTime")
        return "BigId"
    return False


@contextmanager
def impatient(connection: Connection) -> Iterator[None]:
    """Wait for no lock longer than ``LOCK_TIMEOUT`` in this block. The connection is left as it was."""
    if connection.dialect.name != "postgresql":
        yield
        return
    # Committed, so that Alembic finds no transaction of others, and begins its own.
    connection.execute(text(f"SET lock_timeout = '{beside.LOCK_TIMEOUT}'"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("RESET lock_timeout"))
        connection.commit()


with context.config.attributes["engine"].connect() as connection, impatient(connection):
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite cannot alter most things in place: there, tables are rebuilt.
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
