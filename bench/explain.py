"""The plans of the hot questions on Postgres at size; ``python -m bench.explain`` prints all of them, node by node."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from bench import Figure, explain_asked
from bench.explain_fill import NOW, fill
from bench.explain_watch import Seen, watch, watching
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make, postgres

BIG = 10_000
"""Rows of a table that nobody may read from one end to the other without a reason."""


@dataclass(frozen=True)
class Explained:
    """One thing that the service does: its statements, and the big tables that they read whole."""

    what: str
    seen: list[Seen]
    scanned: set[str]


def run(quick: bool) -> Iterator[Figure]:
    """For each the time of its slowest statement, and which big tables were read whole."""
    for done in explained(10_000 if quick else 100_000):
        slowest = max((each.milliseconds for each in done.seen), default=0.0)
        pages = sum(each.pages for each in done.seen)
        note = f"{len(done.seen)} statements, {pages:,} pages"
        if done.scanned:
            note += f"; READS ALL OF {', '.join(sorted(done.scanned))}"
        yield Figure(done.what, slowest, "ms", note=note)


def explained(people: int) -> Iterator[Explained]:
    """Fill a database and do everything once, watched."""
    with postgres.running(durable=True) as server:
        site = make.site(_database(server), retention_days=30, body_retention_days=20)
        fill(site, people)
        watch(site.database.engine)
        big = _big(site)
        with clock.stopped(NOW):
            for what, does in explain_asked.asked(site):
                yield _watched(what, does, big)
        with clock.stopped(NOW + timedelta(minutes=1)):
            for what, does in explain_asked.removed(site):
                yield _watched(what, does, big)
        site.close()


def _watched(what: str, does: Callable[[], object], big: set[str]) -> Explained:
    with watching() as seen:
        does()
    return Explained(what, seen, {table for each in seen for table in each.scanned} & big)


def _big(site: Site) -> set[str]:
    with site.database.read() as session:
        return set(_tables(session, "reltuples"))


def _tables(session: Session, size: str) -> list[str]:
    found = select(text("relname")).select_from(text("pg_class")).where(text(f"relkind = 'r' AND {size} >= {BIG}"))
    return list(session.scalars(found))


def _database(server: str) -> str:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_explain")
    return make_url(server).set(database="bench_explain").render_as_string(hide_password=False)


def main(people: int) -> None:
    """Print every statement with its plan."""
    for done in explained(people):
        flag = f"  READS ALL OF {', '.join(sorted(done.scanned))}" if done.scanned else ""
        print(f"\n## {done.what}{flag}")
        for each in done.seen:
            print(f"\n{each.words[:400]}\n-- {each.milliseconds:.2f} ms, {each.pages:,} pages")
            print("\n".join(f"   {line}" for line in each.lines), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
