"""A directory without settings, a database in it, and a simulated Twilio."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from giftpulse.ground.database import Database
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from tests.cli.terminal import VARIABLES, database, point_at, run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty directory: no ``.env``, no variable of ours; and the log as it was, afterwards."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield tmp_path
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database at the newest schema with nothing in it."""
    at = tmp_path_factory.mktemp("blank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{at / 'giftpulse.db'}")
        patch.setenv("SECRET_KEY", "a key for tests, long enough for it")
        assert run("db", "upgrade").exit_code == 0
    return (at / "giftpulse.db").read_bytes()


@pytest.fixture
def site(home: Path, blank: bytes) -> Path:
    """The directory with a database at the newest schema."""
    (home / "giftpulse.db").write_bytes(blank)
    return home


@pytest.fixture
def stored(site: Path) -> Iterator[Database]:
    """That database, to look into."""
    opened = database(site)
    yield opened
    opened.close()


@pytest.fixture
def twilio(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSimulator]:
    """A Twilio that stands still, and is the one of our settings."""
    with running(SimulatorConfig(speed=0)) as simulator:
        for name, value in point_at(simulator).items():
            monkeypatch.setenv(name, value)
        yield simulator
