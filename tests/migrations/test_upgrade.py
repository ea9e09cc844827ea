"""From each schema that there ever was to the newest: rows survive, and the service goes on with them."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, func, insert, inspect, select

from giftpulse import schema
from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action
from giftpulse.timetable import ROUNDS
from tests import make
from tests.cli.terminal import told
from tests.cli.test_db_copy import KEY, SECRET, TABLES, fill, rows
from tests.daily.world import EVENING, living
from tests.service import serving

Rows = dict[str, list[tuple[Any, ...]]]


def _revisions() -> list[str]:
    """All of them, the oldest first."""
    with closing(Database("sqlite://")) as database:
        script = ScriptDirectory.from_config(schema.config(database.engine))
    return [each.revision for each in script.walk_revisions()][::-1]


OLDER = _revisions()[:-1]


@pytest.fixture(scope="module")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of an installation where everything has happened."""
    file = tmp_path_factory.mktemp("lived") / "lived.db"
    file.write_bytes(sqlite_template.read_bytes())
    with clock.stopped(EVENING), living(f"sqlite:///{file}") as world:
        fill(world)
        return rows(world.site.database)


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """Each of the two databases in turn, with no table in it."""
    with closing(Database(database_url)) as database:
        command.downgrade(schema.config(database.engine), "base")
        yield database


def tables_of_old(database: Database) -> list[Table]:
    """The tables that a database has now, with their columns of now, in an order that keys allow."""
    looked = inspect(database.engine)
    there = {name: {column["name"] for column in looked.get_columns(name)} for name in looked.get_table_names()}
    return [
        Table(table.name, MetaData(), *(Column(c.name, c.type) for c in table.columns if c.name in there[table.name]))
        for table in TABLES
        if table.name in there
    ]


def live(database: Database, tables: list[Table], lived: Mapping[str, list[tuple[Any, ...]]]) -> None:
    """Put the rows there, as far as these tables go."""
    with database.begin() as session:
        for table in tables:
            names = [column.name for column in schema.metadata.tables[table.name].columns]
            wanted = {column.name for column in table.columns}
            values = [{k: v for k, v in zip(names, row, strict=True) if k in wanted} for row in lived[table.name]]
            if values:
                session.execute(insert(table), values)
            counter = schema.metadata.tables[table.name].autoincrement_column
            if counter is not None and not database.is_sqlite:
                highest = session.scalar(select(func.max(table.c[counter.name]))) or 1
                session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, counter.name), highest)))


def found(database: Database, tables: list[Table]) -> dict[str, set[tuple[Any, ...]]]:
    """What is in these columns of these tables."""
    with database.read() as session:
        return {table.name: {tuple(row) for row in session.execute(select(table))} for table in tables}


@pytest.mark.parametrize("revision", OLDER)
def test_rows_survive_and_the_service_goes_on(
    revision: str, empty: Database, lived: Rows, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.upgrade(schema.config(empty.engine), revision)
    tables = tables_of_old(empty)
    live(empty, tables, lived)
    before = found(empty, tables)
    assert sum(map(len, before.values())) > 20
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert told("db", "upgrade")["before"] == revision
    assert schema.drift(empty.engine) == []
    assert found(empty, tables) == before
    with living(database_url) as world, serving(world.site) as service:
        with world.site.database.read() as session:
            action = session.scalars(select(Action)).one()
            assert (actions.config_of(world.site, action) or {})["secret"] == SECRET
        assert len(service.get("/api/logs")["items"]) >= 4
        assert service.get("/api/rules")["items"]
        form = {"MessageSid": make.sid(), "MessageStatus": "sent", "AccountSid": world.twilio.account_sid, "To": "+1"}
        assert service.webhook("/webhook/status", form, token=world.twilio.auth_token) == 204
        for each in ROUNDS:
            each.run(world.site)
        assert service.call("GET", "/health", token=None)[1]["database"] == "ok"
