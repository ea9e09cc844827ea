"""The bulk paths do the same on both databases."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.lock import Lease
from giftpulse.ground.site import Site
from tests.make import NOON

TABLE = Lease.__table__
COLUMNS = ("name", "holder", "fence", "expires_at")
NASTY = "tab\t, line\n, quote ' \" \\N \\. 👋"


def rows(*names: str, holder: str = "a") -> list[tuple[str, str, int, object]]:
    return [(name, holder, number, NOON + timedelta(microseconds=number)) for number, name in enumerate(names)]


def stored(session: Session) -> dict[str, tuple[str, int]]:
    return {lease.name: (lease.holder, lease.fence) for lease in session.scalars(select(Lease))}


@pytest.fixture
def table() -> Table:
    assert isinstance(TABLE, Table)
    return TABLE


def test_rows_are_added_with_their_values_as_they_are(site: Site, table: Table) -> None:
    with site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, rows("x", NASTY, ""))
    with site.database.read() as session:
        assert stored(session) == {"x": ("a", 0), NASTY: ("a", 1), "": ("a", 2)}
        lease = session.get_one(Lease, NASTY)
        assert lease.expires_at == NOON + timedelta(microseconds=1)


def test_nothing_to_do_is_fine(site: Site, table: Table) -> None:
    with site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, [])
        bulk.insert_new(session, table, COLUMNS, [], key=("name",))
        bulk.update(session, table, "name", ("fence",), [])
        assert stored(session) == {}


def test_a_double_is_refused_and_nothing_stays(site: Site, table: Table) -> None:
    with pytest.raises(Exception, match=r"(?i)unique|duplicate") as refused, site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, rows("x", "x"))
    assert not isinstance(refused.value, IntegrityError) or refused.value.orig
    with site.database.read() as session:
        assert stored(session) == {}


def test_new_rows_are_added_and_known_ones_left_alone(site: Site, table: Table) -> None:
    with site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, rows("x", "y", holder="old"))
    for _ in range(2):
        with site.database.begin() as session:
            bulk.insert_new(session, table, COLUMNS, rows("y", "z", "z", holder="new"), key=("name",))
    with site.database.read() as session:
        kept = stored(session)
    assert {name: holder for name, (holder, _) in kept.items()} == {"x": "old", "y": "old", "z": "new"}


def test_twice_in_one_transaction(site: Site, table: Table) -> None:
    with site.database.begin() as session:
        bulk.insert_new(session, table, COLUMNS, rows("x"), key=("name",))
        bulk.insert_new(session, table, COLUMNS, rows("y"), key=("name",))
        assert set(stored(session)) == {"x", "y"}


def test_rows_are_changed_by_their_key(site: Site, table: Table) -> None:
    with site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, rows("x", "y", NASTY))
        later = NOON + timedelta(days=1)
        changes = [("y", "b", 7, later), (NASTY, NASTY, 8, later), ("nobody", "c", 9, later)]
        bulk.update(session, table, "name", ("holder", "fence", "expires_at"), changes)
    with site.database.read() as session:
        assert stored(session) == {"x": ("a", 0), "y": ("b", 7), NASTY: (NASTY, 8)}
        assert session.get_one(Lease, "y").expires_at == NOON + timedelta(days=1)


def test_among_takes_any_number_of_values(site: Site, table: Table) -> None:
    names = [f"lease {number}" for number in range(3000)]
    with site.database.begin() as session:
        bulk.insert(session, table, COLUMNS, rows(*names))
        for wanted in (names, names[:1], [NASTY, "lease 7"], []):
            found = session.scalars(select(Lease.name).where(bulk.among(session, Lease.name, wanted)))
            assert set(found) == set(wanted) & set(names)
        odd = session.scalars(select(Lease.fence).where(bulk.among(session, Lease.fence, {1, 3, -5})))
        assert set(odd) == {1, 3}


def test_what_others_write_at_the_same_time_is_no_conflict(site: Site, table: Table) -> None:
    start = threading.Barrier(4)

    def write(holder: str) -> None:
        start.wait()
        for _ in range(5):
            with site.database.begin() as session:
                names = [f"lease {number}" for number in range(50)]
                bulk.insert_new(session, table, COLUMNS, rows(*names, holder=holder), key=("name",))

    threads = [threading.Thread(target=write, args=(f"writer {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with site.database.read() as session:
        assert len(stored(session)) == 50


def test_it_knows_which_database_it_speaks_to(site: Site) -> None:
    with site.database.read() as session:
        assert bulk.is_sqlite(session) == site.database.is_sqlite
