"""docs/operations.md: every command that it shows is run, in its order, on the database of one folder."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.terminal import run
from tests.collector import Collector, collecting
from tests.docs.not_run import JOURNEYS
from tests.docs.reader import Reader, reading
from tests.docs.servers import Server
from tests.nursery import Nursery

(NAME,) = JOURNEYS["operations"]
POSTGRES = "postgresql://giftpulse:PASSWORD@db.example.org/giftpulse"


def test_every_command_of_the_page_does_what_it_says(
    nursery: Nursery, sqlite_template: Path, tmp_path: Path, empty_postgres: Callable[[], str]
) -> None:
    shutil.copy(sqlite_template, tmp_path / "giftpulse.db")
    key = "a key for tests, long enough to be taken"
    with (
        collecting() as collector,
        reading(tmp_path, {"SECRET_KEY": key, "DATABASE_URL": f"sqlite:///{tmp_path}/giftpulse.db"}) as reader,
    ):
        reader.nursery = nursery
        reader.stand_ins = {
            "http://127.0.0.1:8000": lambda: "http://127.0.0.1:9",
            "http://127.0.0.1:4318": lambda: collector.endpoint,
            POSTGRES: empty_postgres,
        }
        reader.together = lambda servers: _is_traced(servers, collector)
        assert run("seed").exit_code == 0  # a program, so that there is something to hold
        reader.do(NAME)
        _is_told(reader)
    assert "GET /alive" in {span.name for span in collector.spans}
    assert {request.headers.get("api-key") for request in collector.requests} == {"the key of your collector"}
    assert os.stat(tmp_path / "giftpulse-2026-11-20.db").st_mode & 0o777 == 0o600
    assert (tmp_path / "new.db").exists()


def _is_traced(servers: list[Server], collector: Collector) -> None:
    assert [server.words for server in servers] == [["up"]]
    servers[0].tells(lambda health: health["rounds"]["pull"]["last_run_at"])


def _is_told(reader: Reader) -> None:
    assert "prometheus" in reader.said["giftpulse token list"]
    assert "pull" in reader.said["giftpulse rounds"]
    assert "No text goes out" in reader.said["giftpulse db copied"]
