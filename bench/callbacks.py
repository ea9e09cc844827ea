"""Status callbacks: signed form posts, each committed before its answer, against no database and one commit each."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
from sqlalchemy.engine import make_url

from bench import Figure
from tests import make, postgres

_CONNECTIONS = 64


def run(quick: bool) -> Iterator[Figure]:
    """Server, load and database share the machine's cores, each server in turn with the same load."""
    number = 4_000 if quick else 20_000
    with postgres.running(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        limit = _measure("limit", "", number)
        yield Figure("limit: the same doors, no database", limit["rate"], "requests/s", note=_times(limit))
        for name, url in (("Postgres", _database(server)), ("SQLite", make.sqlite_url(Path(folder)))):
            make.site(url).close()
            few = max(500, number // 20)
            peer = _measure("peer", url, few)
            yield Figure(
                f"{name}: Flask and gunicorn, one ORM commit each", peer["rate"], "requests/s", note=_times(peer)
            )
            ours = _measure("ours", url, number)
            yield Figure(f"{name}: ours, group commit", ours["rate"], "requests/s", note=_times(ours))
            yield Figure(f"{name}: ours against the limit", 100 * ours["rate"] / limit["rate"], "%", floor=30, goal=40)
            yield Figure(f"{name}: ours against one commit each", ours["rate"] / peer["rate"], "x", floor=15, goal=25)
            stored = _stored(url)
            assert stored == number, f"{stored} entries of {number} acknowledged callbacks"


def _times(result: dict[str, float]) -> str:
    return f"p50 {result['p50']:.0f} ms, p99 {result['p99']:.0f} ms"


def _measure(kind: str, url: str, number: int) -> dict[str, float]:
    with _serving(kind, url) as port:
        load = [sys.executable, "-m", "bench.callbacks_load", str(port), str(number), str(_CONNECTIONS), kind]
        done = subprocess.run(load, check=True, capture_output=True, text=True)
        result: dict[str, float] = json.loads(done.stdout)
        assert result["good"] == number, result
        return result


@contextmanager
def _serving(kind: str, url: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(_command(kind, port), env={**os.environ, "BENCH_URL": url}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except (URLError, OSError):
                time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _command(kind: str, port: int) -> Sequence[str]:
    if kind == "peer":
        return [
            sys.executable,
            "-m",
            "gunicorn",
            "-w",
            "2",
            "--threads",
            "16",
            "-b",
            f"127.0.0.1:{port}",
            "bench.callbacks_peer:app",
        ]
    return [sys.executable, "-m", "bench.callbacks_server", kind, str(port)]


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_callbacks")
    return make_url(server).set(database="bench_callbacks").render_as_string(hide_password=False)


def _stored(url: str) -> int:
    site = make.site(url, migrated=True)
    with site.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM log_entries WHERE sid LIKE 'SM%%'").scalar()
    site.close()
    return int(found or 0)
