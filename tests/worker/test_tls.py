"""Redis over TLS: nobody says a word to one whom nobody vouches for, however the address is written."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from celery import Celery
from celery.exceptions import OperationalError
from redis.exceptions import RedisError

from giftpulse.ground.errors import SettingsError
from giftpulse.ground.herald import connect
from giftpulse.ground.redis_address import trusts_anybody
from giftpulse.ground.settings import load
from giftpulse.worker.needs import redis_of

POSTGRES = "postgresql://db.example.org/giftpulse"


@dataclass
class Impostor:
    """Somebody who answers at an address of Redis, with a certificate; ``heard``: what was said over TLS."""

    port: int
    authority: trustme.CA
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def impostor() -> Iterator[Impostor]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.1)
        found, over = Impostor(door.getsockname()[1], authority), threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    caller, _ = door.accept()
                    caller.settimeout(5)
                    with context.wrap_socket(caller, server_side=True) as trusted:
                        found.heard.append(trusted.recv(100))
                except OSError:
                    continue  # nobody came, or whoever came went away when they saw the certificate

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield found
        finally:
            over.set()
            thread.join()


def call(address: str) -> None:
    """As Celery does, and as we do."""
    app = Celery(set_as_current=False, broker=address, broker_transport_options={"socket_timeout": 5})
    with app.connection() as celery, pytest.raises(OperationalError):
        celery.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    with closing(connect(address)) as client, pytest.raises(RedisError):
        client.ping()


def address_of(port: int, query: str = "") -> str:
    return redis_of(load(_env_file=None, database_url=POSTGRES, redis_url=f"rediss://:word@localhost:{port}/0{query}"))


def test_nobody_says_the_password_to_a_stranger() -> None:
    with impostor() as found:
        call(address_of(found.port))
    assert not any(found.heard)


def test_one_whom_somebody_vouches_for_is_spoken_to(tmp_path: Path) -> None:
    with impostor() as found:
        found.authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        call(address_of(found.port, f"?ssl_ca_certs={tmp_path / 'authority.pem'}"))
    assert len([words for words in found.heard if b"word" in words]) >= 2


def test_who_says_so_trusts_anybody() -> None:
    with impostor() as found:
        call(address_of(found.port, "?ssl_cert_reqs=none"))
    assert any(b"word" in words for words in found.heard)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=/a.pem", "rediss://h/0?ssl_ca_certs=/a.pem&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=required", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none&db=1", "rediss://h/0?ssl_cert_reqs=none&db=1"),
    ],
)
def test_an_address_says_how_it_is_meant(written: str, read: str) -> None:
    found = load(_env_file=None, redis_url=written).redis_url
    assert found == read
    assert trusts_anybody(read) == ("none" in written)


@pytest.mark.parametrize("address", ["rediss://h/0#x", "rediss://h/0?db=1#ssl_cert_reqs=none", "redis://:a#b@h/0"])
def test_what_nobody_would_read_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL: expected no #"):
        load(_env_file=None, redis_url=address)


@pytest.mark.parametrize("asked", ["CERT_REQUIRED", "", "always"])
def test_what_one_of_them_would_not_understand_is_refused(asked: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL: ssl_cert_reqs"):
        load(_env_file=None, redis_url=f"rediss://h/0?ssl_cert_reqs={asked}")
