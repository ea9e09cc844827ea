"""Planning a day for a million people in 40 zones, against a bare INSERT ... SELECT of the very same rows."""

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from bench import Figure
from giftpulse import fitting
from giftpulse.daily.outbox import plan
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import store as programs
from giftpulse.ground.site import Site
from tests import make, postgres

_NOW = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "America/Halifax", "America/St_Johns",
    "America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver", "America/Mexico_City",
    "America/Bogota", "America/Lima", "America/Santiago", "America/Sao_Paulo", "America/Argentina/Buenos_Aires",
    "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Paris", "Europe/Berlin", "Europe/Madrid",
    "Europe/Rome", "Europe/Warsaw", "Europe/Athens", "Europe/Helsinki", "Africa/Lagos", "Africa/Nairobi",
    "Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
    "Australia/Adelaide", "Pacific/Auckland",
)  # fmt: skip


def run(quick: bool) -> Iterator[Figure]:
    """Our own planning, then the same rows copied by one statement into a table of the same columns."""
    people = 100_000 if quick else 1_000_000
    with postgres.running(durable=True) as server:
        site = make.site(_database(server))
        populate(site, people)
        tracemalloc.start()
        began = time.perf_counter()
        done = plan.plan(site, _NOW)
        ours = time.perf_counter() - began
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        _check(site, done.added, people)
        rows = done.added
        yield Figure("planned", rows, "texts", note=f"{people:,} people, {len(ZONES)} zones, {len(done.days)} dates")
        began = time.perf_counter()
        assert plan.plan(site, _NOW).added == 0, "a second run planned somebody again"
        again = time.perf_counter() - began
        limit = sorted(_bare(site) for _ in range(3))[1]
        yield Figure("limit: bare INSERT ... SELECT of these rows", limit, "s")
        yield Figure("ours", ours, "s", note=f"{rows / ours:,.0f} texts/s, Python held {peak / 1e6:.1f} MB at most")
        yield Figure("ours against the limit (fewer is better)", ours / limit, "x", note="floor 3, goal 2")
        yield Figure("a second run, nothing to do", again, "s")
        yield Figure("the first run against the second", ours / again, "x", floor=5)
        site.close()


def populate(site: Site, people: int) -> int:
    """A program with so many active people, their rows made by the database. Answers the program's id."""
    fitting.settle(site)  # as at a first start: the hashes of these numbers are none that a key would make
    with site.database.begin() as session:
        program = programs.create(session, {"name": "Bench", "sender": "+15005550006"}, _NOW)
        session.execute(text(
            "INSERT INTO audiences (program_id, digest, zones, jurisdictions) "
            "SELECT :program, convert_to(z, 'UTF8'), z, '' FROM unnest(CAST(:zones AS text[])) AS z"
        ), {"program": program.id, "zones": list(ZONES)})  # fmt: skip
        session.execute(text(
            "INSERT INTO subscribers (program_id, phone, number_hash, status, status_reason, status_at, timezone, "
            "timezone_source, audience_id, share, moved, failures, created_at, updated_at) "
            "SELECT :program, '+1' || (2000000000 + i), int8send(i), 'active', '', :now, a.zones, 'stated', a.id, "
            "(i * 2654435761) % 2147483648, false, 0, :now, :now "
            "FROM generate_series(1, :people) AS i "
            "JOIN (SELECT id, zones, row_number() OVER (ORDER BY id) - 1 AS n FROM audiences) AS a ON a.n = i % :zones"
        ), {"program": program.id, "people": people, "zones": len(ZONES), "now": _NOW})  # fmt: skip
        answer = program.id
    with site.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE subscribers"))
        connection.execute(text("CHECKPOINT"))
    return answer


def _check(site: Site, added: int, people: int) -> None:
    with site.database.read() as session:
        stored = session.scalar(select(func.count()).select_from(Delivery))
        reached = session.scalar(select(func.count(Delivery.subscriber_id.distinct())))
        outside = session.scalar(select(func.count()).where(Delivery.send_at >= Delivery.window_end))
    assert stored == added, f"{added} texts planned, {stored} stored"
    assert reached == people, f"{reached} of {people} people have a text"
    assert outside == 0, f"{outside} texts lie outside of their window"


def _bare(site: Site) -> float:
    """The same rows into a table with the same columns and a primary key, nothing decided."""
    with site.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP TABLE IF EXISTS bare"))
        connection.execute(text("CREATE TABLE bare (LIKE deliveries, PRIMARY KEY (id))"))
        connection.execute(text("CHECKPOINT"))
        began = time.perf_counter()
        connection.execute(text("INSERT INTO bare SELECT * FROM deliveries"))
        return time.perf_counter() - began


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_plan")
    return make_url(server).set(database="bench_plan").render_as_string(hide_password=False)
