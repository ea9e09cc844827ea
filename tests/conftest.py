"""What all tests share: both databases, a clean environment, and no way out but loopback."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as examples
from redis import Redis
from sqlalchemy.engine import make_url

from giftpulse.ground import clock, runtime
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from tests import make, postgres
from tests import redis as redis_server

# How long an example takes depends on what else the machine does: that is no property of ours.
examples.register_profile("ours", deadline=None)
examples.load_profile("ours")

_clones = itertools.count()

LONG = ("web/test_openapi.py", "stories/test_demo.py", "stories/test_many.py", "stories/test_live.py")
"""Files that take a minute or so: they come first, or everybody would wait for the last of them."""


NOT_TRACED = ("chaos", "docs", "house", "soak", "web/test_openapi.py")
"""Trials of the whole, and tests of what is written: all that they run is run by the tests of its own, too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, in the same order on each worker; and coverage where it sees something new."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))
    for item in items:
        if _is_repetition(item):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """All is loaded, and stays: as in the processes of the service, it is not searched for garbage again and again."""
    runtime.tune()


def _is_repetition(item: pytest.Item) -> bool:
    """Whether a test runs lines that others run, only more often. Coverage asks for each line once, and under its eyes
    everything takes twice as long: so it does not look at properties, tried on a hundred examples, nor at the second
    database."""
    inside = item.path.relative_to(Path(__file__).parent).as_posix()
    given = getattr(item, "callspec", None)
    return (
        inside.startswith(NOT_TRACED)
        or getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        or (given is not None and "postgres" in given.params.values())
    )


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine must not reach the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real Postgres with a migrated template database."""
    with postgres.running() as url:
        name = f"giftpulse_template_{next(_clones)}"
        _execute(url, f"CREATE DATABASE {name}")
        make.site(make_url(url).set(database=name).render_as_string(hide_password=False)).close()
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A migrated Postgres database of the test's own."""
    template = make_url(postgres_server)
    name = f"giftpulse_test_{next(_clones)}"
    admin = template.set(database="postgres").render_as_string(hide_password=False)
    _execute(admin, f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY file_copy")
    yield template.set(database=name).render_as_string(hide_password=False)
    _execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """A real Redis."""
    with redis_server.running() as url:
        yield url


@pytest.fixture
def redis_url(redis_address: str) -> Iterator[str]:
    """That Redis, empty; its database is the test's own."""
    client: Redis = Redis.from_url(redis_address)
    with closing(client):
        client.flushdb()
        yield redis_address
        client.flushdb()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating anew for each test would take most of the time."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    with closing(make.site(f"sqlite:///{file}")) as made:
        _checkpoint(made)
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of the test's own."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn, migrated."""
    if request.param == "sqlite":
        lite: str = request.getfixturevalue("sqlite_url")
        return lite
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """An installation on each of the two databases in turn."""
    with closing(make.site(database_url, migrated=True)) as made:
        yield made


@pytest.fixture
def lite(sqlite_url: str) -> Iterator[Site]:
    """An installation on SQLite, where the database does not matter to the test."""
    with closing(make.site(sqlite_url, migrated=True)) as made:
        yield made


@pytest.fixture
def time() -> Iterator[clock.Stopped]:
    """The one clock, stopped at noon."""
    with clock.stopped(make.NOON) as stopped:
        yield stopped


def _checkpoint(site: Site) -> None:
    """Bring everything from the write-ahead log into the file itself."""
    with site.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def _execute(url: str, statement: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)
