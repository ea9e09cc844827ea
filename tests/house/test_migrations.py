"""Models and migrations say the same, on both databases, forwards and backwards."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from giftpulse import schema
from giftpulse.ground.database import Database
from tests import make


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        url = make.sqlite_url(tmp_path)
    else:
        url = request.getfixturevalue("postgres_url")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    with closing(Database(url)) as database:
        assert tables(database) == set()
        yield database


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_an_empty_database_becomes_what_the_models_say(empty: Database) -> None:
    schema.upgrade(empty.engine)
    assert schema.drift(empty.engine) == []
    assert tables(empty) == {*schema.metadata.tables, "alembic_version"}
    present, newest = schema.revisions(empty.engine)
    assert present == newest


def test_upgrading_twice_does_nothing(empty: Database) -> None:
    schema.upgrade(empty.engine)
    schema.upgrade(empty.engine)
    assert schema.drift(empty.engine) == []


def test_the_way_back_and_forth_again(empty: Database) -> None:
    schema.upgrade(empty.engine)
    command.downgrade(schema.config(empty.engine), "base")
    assert tables(empty) <= {"alembic_version"}
    assert schema.revisions(empty.engine)[0] is None
    schema.upgrade(empty.engine)
    assert schema.drift(empty.engine) == []


def test_a_column_that_was_forgotten_is_seen(empty: Database) -> None:
    """The check can fail: a database that lacks a column is told from the models."""
    schema.upgrade(empty.engine)
    with empty.begin() as session:
        session.execute(text("ALTER TABLE rules DROP COLUMN broken"))
    assert "broken" in repr(schema.drift(empty.engine))


def test_there_is_one_line_of_migrations() -> None:
    with closing(Database("sqlite://")) as database:
        script = ScriptDirectory.from_config(schema.config(database.engine))
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert revision.doc, "a migration says in its first line what it is for"


def test_every_key_to_another_table_has_an_index() -> None:
    """Postgres makes none by itself: deleting by retention would scan the whole table for each row."""
    for table in schema.metadata.tables.values():
        led = [next(column.name for column in index.columns) for index in table.indexes]
        led.append(next(iter(table.primary_key.columns)).name)
        for key in table.foreign_keys:
            assert key.parent.name in led, f"{table.name}.{key.parent.name}"
