"""Ingest: messages from Twilio's JSON into the record, against bare COPY or executemany and the row-by-row way."""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from bench import Figure
from giftpulse.ground import clock
from giftpulse.ground.database import PRAGMAS
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.logs.intake import Taken, joined, keep, pour, read_rows
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.logs.translate import entry_of
from giftpulse.twilio.records import MESSAGES, Page, decode_page
from tests import make, postgres

_PAGE = 1000


def pages(number: int) -> list[bytes]:
    """Pages of a message list, as Twilio sends them."""
    at = make.NOON
    made = []
    for start in range(0, number, _PAGE):
        rows = []
        for i in range(start, start + _PAGE):
            failed = i % 12 == 0
            rows.append(
                make.message(
                    sid=make.sid("SM", i), body=f"Message {i}: a kind thought for the day, long enough to be real." * 2,
                    to=f"+1500{i % 10_000_000:07d}", messaging_service_sid="MG" + "b" * 32, at=at,
                    status="undelivered" if failed else "delivered", error_code=30003 if failed else None,
                )
            )  # fmt: skip
        made.append(json.dumps({"messages": rows, "next_page_uri": None, "page_size": _PAGE}).encode())
    return made


def run(quick: bool) -> Iterator[Figure]:
    """Both databases, each against its own limit and peer in the same run."""
    number = 6_000 if quick else 30_000
    lists = pages(number)
    rows = [row for page in lists for row in decode_page(MESSAGES, page).rows]
    size = sum(map(len, rows)) / len(rows)
    with postgres.running(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        url = _database(server)
        make.site(url).close()
        limit = _median(3, lambda: _copy(url, rows))
        yield Figure("Postgres: bare COPY of the same rows", limit, "rows/s", note=f"{size:.0f} bytes of JSON each")
        yield from _ours("Postgres", url, lists, limit, quick)
        lite = make.sqlite_url(Path(folder))
        limit = _median(3, lambda: _executemany(Path(folder) / "bare.db", rows))
        yield Figure("SQLite: bare executemany of the same rows", limit, "rows/s")
        yield from _ours("SQLite", lite, lists, limit, quick)


def _ours(name: str, url: str, lists: Sequence[bytes], limit: float, quick: bool) -> Iterator[Figure]:
    site = make.site(url)
    with site.database.begin() as session:
        store.add_reader(session, "match", clock.now())
    peer_rows = 300 if quick else 1500
    peer = _row_by_row(site, lists, peer_rows)
    first = _take(site, lists)
    total = len(lists) * _PAGE
    with site.database.read() as session:
        stored = session.scalar(select(func.count()).select_from(LogEntry))
        changes = session.scalar(select(func.count()).select_from(LogChange))
    assert stored == changes == total, f"{stored} entries and {changes} changes of {total}"
    yield Figure(f"{name}: ORM, looked up, added and committed one by one", peer, "rows/s", note=f"{peer_rows} rows")
    yield Figure(f"{name}: ours, decode to commit, changes recorded", first, "rows/s")
    yield Figure(f"{name}: ours against the bare way", 100 * first / limit, "%", floor=30, goal=45)
    yield Figure(f"{name}: ours against row by row", first / peer, "x", floor=20, goal=40)
    again = _take(site, lists)
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LogChange)) == changes, "an unchanged page wrote"
    yield Figure(f"{name}: the same pages again (nothing written)", again, "rows/s")
    site.close()


def _take(site: Site, lists: Sequence[bytes]) -> float:
    """The way of a poll: pages decoded and read while earlier ones are written."""

    async def pages() -> AsyncIterator[Page]:
        for page in lists:
            yield decode_page(MESSAGES, page)

    def read(page: Page) -> Taken:
        return read_rows("message", page.rows, make.ACCOUNT)

    def write(taken: list[Taken]) -> None:
        with site.database.begin() as session:
            keep(session, joined(taken), "poll", clock.now())

    began = time.perf_counter()
    asyncio.run(pour(pages(), read, write, lambda page, taken: False))
    return len(lists) * _PAGE / (time.perf_counter() - began)


def _row_by_row(site: Site, lists: Sequence[bytes], number: int) -> float:
    """What a simple service does: is it there? add, commit. On a table of its own, with the same columns."""
    records = json.loads(lists[0])["messages"] + json.loads(lists[1])["messages"]
    began = time.perf_counter()
    for i, record in enumerate(records[:number]):
        with Session(site.database.engine) as session:
            if session.scalar(select(LogEntry.id).where(LogEntry.sid == record["sid"] + "x")) is None:
                session.add(
                    LogEntry(
                        id=i + 1, account_sid=make.ACCOUNT, sid=record["sid"] + "x", kind="message",
                        body=record["body"], status=record["status"], error_code=record["error_code"],
                        from_=record["from"], to=record["to"], event_at=make.NOON, raw=json.dumps(record),
                        seen_at=make.NOON, last_change_id=0,
                    )
                )  # fmt: skip
            session.commit()
    rate = number / (time.perf_counter() - began)
    with site.database.begin() as session:
        session.query(LogEntry).delete()
    return rate


def _values(rows: Sequence[bytes]) -> list[tuple[Any, ...]]:
    """The rows of ``log_entries`` as they are written, ready made."""
    entries = [entry_of("message", row, make.ACCOUNT) for row in rows]
    return [(i, *store.values_of(entry), make.NOON.isoformat(), i, None, "final") for i, entry in enumerate(entries)]


def _copy(url: str, rows: Sequence[bytes]) -> float:
    """The limit: COPY of ready values into the same columns without an index, in one transaction."""
    values, columns = _values(rows), ", ".join(store.ADDED_COLUMNS)
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute("DROP TABLE IF EXISTS bare")
        connection.execute("CREATE TABLE bare (LIKE log_entries)")
        connection.commit()
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(f"COPY bare ({columns}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
        connection.commit()
        return len(values) / (time.perf_counter() - began)


def _executemany(path: Path, rows: Sequence[bytes]) -> float:
    """The limit: executemany of ready values into the same columns without an index, in one transaction."""
    values, columns = _values(rows), ", ".join(store.ADDED_COLUMNS)
    connection = sqlite3.connect(path)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("DROP TABLE IF EXISTS bare")
    connection.execute(f"CREATE TABLE bare ({columns})")
    connection.commit()
    began = time.perf_counter()
    connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(values[0]))})", values)
    connection.commit()
    rate = len(values) / (time.perf_counter() - began)
    connection.close()
    return rate


def _median(times: int, measure: Callable[[], float]) -> float:
    return sorted(measure() for _ in range(times))[times // 2]


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_ingest")
        connection.execute("CREATE DATABASE bench_ingest")
    return make_url(server).set(database="bench_ingest").render_as_string(hide_password=False)
