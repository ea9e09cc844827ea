"""docs/many.md: each process that it shows is started, does its work over Postgres and Redis, and ends in order."""

from pathlib import Path

from tests.docs.not_run import JOURNEYS
from tests.docs.reader import reading
from tests.docs.servers import Server
from tests.nursery import Nursery

(NAME,) = JOURNEYS["many"]


def test_every_command_of_the_page_does_what_it_says(
    nursery: Nursery, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a key for tests, long enough to be taken",
    }
    started: list[list[str]] = []
    with reading(tmp_path, settings) as reader:
        reader.nursery = nursery
        reader.together = lambda servers: _work_together(servers, started)
        reader.do(NAME)
    assert started == [["web", "worker", "beat"], ["worker", "worker"]]


def _work_together(servers: list[Server], started: list[list[str]]) -> None:
    """The beat ticks, and a round that a worker was asked for has run: seen through the web process."""
    started.append([server.words[0] for server in servers])
    if servers[0].words[0] == "web":
        servers[0].tells(lambda health: health["beat"]["last_tick_at"] and health["rounds"]["watch"]["last_run_at"])
