"""Importing: people from a CSV file, checked and their consent kept, against one transaction for each of them."""

import io
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bench import Figure
from giftpulse.daily.programs import store
from giftpulse.daily.subscribers.importing import import_csv
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make, postgres
from tests.daily.subscribers import people


def run(quick: bool) -> Iterator[Figure]:
    """New people from a file; the same file again; and others one by one, as requests of the API take them in."""
    number = 10_000 if quick else 100_000
    file = "phone,zip\n" + "".join(f"+1{212 + n // 9000}{5550000 + n % 9000},94110\n" for n in range(number))
    with postgres.running(durable=True) as server, closing(make.site(_database(server))) as site:
        with site.database.begin() as session:
            program = people.program(session).id
        peer = _one_by_one(site, program, 300 if quick else 1000)
        first = _imported(site, program, file, added=number)
        yield Figure("one transaction for each", peer, "people/s")
        yield Figure("ours, read to commit", number / first, "people/s", note=f"{number:,} in {first:.1f} s")
        yield Figure("ours against one by one", number / first / peer, "x", floor=5)
        yield Figure("the same file again (nobody new)", number / _imported(site, program, file, added=0), "people/s")


def _imported(site: Site, program: int, file: str, *, added: int) -> float:
    """How long a file took, in seconds."""
    consent = people.consent("import", clock.now() - timedelta(days=9), wording="One text a day", detail="paper")
    before = _stored(site)
    began = time.perf_counter()
    done = import_csv(site, program, io.BytesIO(file.encode()), consent=consent)
    took = time.perf_counter() - began
    assert (done.added, done.refused, _stored(site) - before) == (added, [], 2 * added)
    return took


def _one_by_one(site: Site, program: int, number: int) -> float:
    """The peer: look, add, commit. Returns people in a second."""
    began = time.perf_counter()
    for one in range(number):
        with site.database.begin() as session:
            people.joined(session, site, store.get(session, program), f"+1303{5550000 + one}")
    return number / (time.perf_counter() - began)


def _stored(site: Site) -> int:
    """People and lines of the ledger."""
    with site.database.read() as session:
        return sum(session.scalar(select(func.count()).select_from(t)) or 0 for t in (Subscriber, ConsentEvent))


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_importing")
    return make_url(server).set(database="bench_importing").render_as_string(hide_password=False)
