"""What the readers of pages share."""

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.cli.terminal import FAST, VARIABLES
from tests.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where the servers that pages start come from; each reads the ``.env`` of its folder."""
    made = Nursery({**{name: value for name, value in os.environ.items() if name not in VARIABLES}, **FAST})
    yield made
    made.end()


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Gives a new Postgres database with nothing in it, each time."""
    admin = make_url(postgres_server).set(drivername="postgresql", database="postgres")
    made: list[str] = []

    def another() -> str:
        made.append(f"giftpulse_page_{os.getpid()}_{len(made)}")
        with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made[-1])))
        return admin.set(database=made[-1]).render_as_string(hide_password=False)

    yield another
    with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
