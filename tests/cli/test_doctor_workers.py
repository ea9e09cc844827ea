"""The doctor on workers: real ones, whom it knows by what they leave in the database."""

import asyncio
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from redis import Redis

from giftpulse.doctor import queues, work
from giftpulse.doctor.finding import Finding
from giftpulse.ground import clock, runs
from giftpulse.ground.presence import known, present
from giftpulse.ground.settings import load
from giftpulse.ground.site import Site
from giftpulse.queues import QUEUES, taken_from, taker
from giftpulse.worker.seen import Seen
from tests import make
from tests.cli.terminal import spawn, wait_for

KEY = "a key for tests, long enough to be taken"


@contextmanager
def many(postgres_url: str, redis_url: str) -> Iterator[Site]:
    """An installation whose rounds are worked on over Redis; nobody is there yet."""
    with closing(make.site(postgres_url, migrated=True, redis_url=redis_url)) as site:
        yield site


def eventually(found: Callable[[], Any], within: float = 30) -> Any:
    deadline = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return value


def mends(found: Finding) -> bool:
    """Whether both that have to be started are named, and nothing that is not used here."""
    words = str(found.mend)
    return "giftpulse worker" in words and "giftpulse beat" in words and "giftpulse up" not in words


def test_where_no_worker_is_nothing_is_taken_from_an_empty_queue(postgres_url: str, redis_url: str) -> None:
    with many(postgres_url, redis_url) as site:
        found = queues.consumed(site)
        assert (found.state, "no worker" in found.says, mends(found)) == ("fail", True, True)
        assert queues.ticked_for(site).state == "fail"
        rounds = work.rounds(site)
        assert (rounds.state, mends(rounds)) == ("warn", True)
        with site.database.begin() as session:  # they ran once, long ago
            runs.note(session, "pull", clock.now() - timedelta(days=1), None)
        rounds = work.rounds(site)
        assert (rounds.state, mends(rounds)) == ("fail", True)


@pytest.mark.timeout(120)
def test_workers_are_known_with_their_queues_and_missed_when_they_are_gone(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "SECRET_KEY": KEY}
    started = []

    def start(*words: str) -> Any:
        (at := tmp_path / "-".join(words)[:30]).mkdir()
        started.append(spawn(at, *words, **settings))
        return at / "stderr.txt", "at work" if "worker" in words else "beat", started[-1]

    with many(postgres_url, redis_url) as site:
        try:
            first = start("worker", "--queues", "urgent,daily", "--concurrency", "2")
            second = start("worker", "--queues", "chores", "--concurrency", "1", "--pool", "threads")
            for said, words, process in (first, second):
                wait_for(said, words, process, 60)
            found = queues.consumed(site)
            assert (found.state, found.says) == (
                "fail",
                "Nobody takes from twilio (pull, recheck, settle, reconcile): the rounds in there do not run.",
            )
            assert "--queues" in str(found.mend)
            start("beat")
            eventually(lambda: queues.ticked_for(site).state == "ok")
            with present(site, taker(["twilio"])):
                assert queues.consumed(site).says == (
                    "Each is taken from: urgent by 1, twilio by 1, daily by 1, chores by 1."
                )
            for process in started:
                process.send_signal(signal.SIGTERM)
            assert [process.wait(40) for process in started] == [0, 0, 0]
            assert "no worker" in queues.consumed(site).says
            assert "Nobody ticks" in queues.ticked_for(site).says
        finally:
            for process in started:
                process.kill()
                process.communicate()


def test_workers_that_do_not_get_through_are_told(postgres_url: str, redis_url: str) -> None:
    with (
        many(postgres_url, redis_url) as site,
        closing(Redis.from_url(redis_url)) as client,
        present(site, taker(QUEUES)),
    ):
        client.lpush("daily", "a tick")
        assert queues.consumed(site).state == "ok"
        client.lpush("twilio", *["a tick"] * 60)
        found = queues.consumed(site)
        assert (found.state, "twilio (60 wait)" in found.says, "daily" in found.says) == ("fail", True, False)


def test_one_process_for_everything_needs_no_workers(postgres_url: str, redis_url: str, sqlite_url: str) -> None:
    with many(postgres_url, redis_url) as site, present(site, "up at port 8000"):
        for check in (queues.consumed, queues.ticked_for):
            assert (check(site).state, "giftpulse up" in check(site).says) == ("ok", True)
        assert "giftpulse up" in str(work.rounds(site).mend)
        with present(site, taker(["urgent"])):  # somebody is on the way from the one form to the other
            assert queues.consumed(site).state == "fail"
    with closing(make.site(sqlite_url, migrated=True, redis_url=redis_url)) as site:
        assert queues.consumed(site).state == queues.ticked_for(site).state == "ok"
    with closing(make.site(postgres_url, migrated=True)) as site:
        assert queues.consumed(site).state == queues.ticked_for(site).state == "ok"


def test_a_worker_is_seen_until_it_ends(postgres_url: str, redis_url: str) -> None:
    with many(postgres_url, redis_url) as site:
        seen = Seen(site.settings, ["urgent", "chores"])
        seen.start()

        def there() -> dict[str, int]:
            with site.database.read() as session:
                return taken_from(known(session))

        assert there() == {"urgent": 1, "twilio": 0, "daily": 0, "chores": 1}
        seen.stop()
        assert there() == dict.fromkeys(QUEUES, 0)


def test_a_redis_that_does_not_answer_is_told_without_its_password(redis_url: str) -> None:
    assert queues.answers(load()).says == "There is none: REDIS_URL is not set."
    assert queues.answers(load(redis_url=redis_url)).state == "ok"
    gone = queues.answers(load(redis_url="redis://:a-password-of-ours@127.0.0.1:1/0"))
    assert (gone.state, "a-password-of-ours" in gone.says) == ("fail", False)


@contextmanager
def over_tls(redis_url: str, folder: Path) -> Iterator[str]:
    """That Redis behind TLS, as far as ``rediss://host:port/0?``; the authority of its certificate is in the folder."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    behind = urlsplit(redis_url)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while words := await reader.read(4096):
            writer.write(words)
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection(behind.hostname, behind.port)
        await asyncio.gather(pump(reader, to_redis), pump(from_redis, writer), return_exceptions=True)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(pass_on, "localhost", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"rediss://localhost:{server.sockets[0].getsockname()[1]}{behind.path}?"
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_redis_that_anybody_could_be_is_told(redis_url: str, tmp_path: Path) -> None:
    with over_tls(redis_url, tmp_path) as url:
        assert "certificate" in str(queues.answers(load(redis_url=url)).mend)
        assert queues.answers(load(redis_url=f"{url}ssl_ca_certs={tmp_path / 'authority.pem'}")).state == "ok"
        found = queues.answers(load(redis_url=f"{url}ssl_cert_reqs=none"))
        assert (found.state, "ssl_cert_reqs" in str(found.mend)) == ("warn", True)
