"""Migrations beside a service that runs: they give up after a moment, and build indexes while others write."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from giftpulse import schema
from giftpulse.cli.database import migrate
from giftpulse.ground.database import Database
from giftpulse.ground.errors import ConflictError
from giftpulse.migrations import beside
from tests import make

NOTE = text(
    "INSERT INTO notes (key, sender, state, send_at, expires_at, attempts, created_at) "
    "VALUES (:key, '+15005550006', 'planned', now(), now(), 0, now())"
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A Postgres as it was before the last indexes."""
    with closing(Database(postgres_url)) as made:
        command.downgrade(schema.config(made.engine), "0003")
        yield made


def test_a_migration_waits_for_nobody_long_and_is_undone(
    database: Database, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setattr(beside, "LOCK_TIMEOUT", "200ms")
    with database.engine.connect() as other:
        other.execute(text("SELECT * FROM round_runs"))
        with pytest.raises(OperationalError, match="lock timeout"):
            command.downgrade(schema.config(database.engine), "0002")
    assert schema.revisions(database.engine)[0] == "0003"
    with database.read() as session:
        assert session.scalar(text("SHOW lock_timeout")) == "1min"  # that of every connection of ours
    command.downgrade(schema.config(database.engine), "0002")
    with closing(make.site(postgres_url, migrated=True)) as site:
        with database.engine.connect() as other:
            other.execute(text("SELECT * FROM round_runs"))
            with pytest.raises(ConflictError, match="are in use"):
                migrate(site)
        assert migrate(site) == ("0002", schema.revisions(database.engine)[1])


def test_an_index_is_built_while_others_write(database: Database) -> None:
    building = threading.Thread(target=schema.upgrade, args=(database.engine,))
    with database.engine.connect() as long, database.engine.connect() as other:
        long.execute(NOTE, {"key": "of a long transaction"})
        building.start()
        waits = text("SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'")
        while building.is_alive() and not other.scalar(waits):
            other.rollback()
        other.execute(text("SET lock_timeout = '2s'"))
        other.execute(NOTE, {"key": "of somebody else"})
        other.commit()
        assert building.is_alive(), "it waits for the long transaction, and nobody for it"
        long.commit()
    building.join(30)
    assert schema.drift(database.engine) == []
    assert schema.revisions(database.engine)[0] == schema.revisions(database.engine)[1]


def test_what_is_half_built_is_built_anew(database: Database) -> None:
    with database.begin() as session:
        session.execute(text("CREATE INDEX ix_notes_sid ON notes (key)"))
    schema.upgrade(database.engine)
    assert schema.drift(database.engine) == []
