"""Run by Alembic for every migration command."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger

from giftpulse.ground.database import UtcDateTime
from giftpulse.migrations.beside import impatient
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
