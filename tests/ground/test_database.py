"""The database: one transaction, instants with their zone, announcements after the commit."""

import threading
import traceback
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Table, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from giftpulse.ground import bulk
from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.database import Database, announce, instant_text
from giftpulse.ground.lock import Lease
from giftpulse.ground.site import Site
from tests import make
from tests.make import NOON


def lease(name: str = "x", expires_at: datetime = NOON) -> Lease:
    return Lease(name=name, holder="a", fence=1, expires_at=expires_at)


def names(site: Site) -> list[str]:
    with site.database.read() as session:
        return list(session.scalars(select(Lease.name).order_by(Lease.name)))


def test_what_the_block_wrote_is_kept_and_an_error_keeps_nothing(site: Site) -> None:
    with site.database.begin() as session:
        session.add(lease("kept"))

    def fails() -> None:
        with site.database.begin() as session:
            session.add(lease("lost"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert names(site) == ["kept"]


def test_reading_keeps_nothing(site: Site) -> None:
    with site.database.read() as session:
        session.add(lease())
        session.flush()
    assert names(site) == []


def test_a_naive_datetime_is_refused(site: Site) -> None:
    with pytest.raises(StatementError, match="which zone is it in"), site.database.begin() as session:
        session.add(lease(expires_at=datetime(2026, 11, 20)))


SECRET = "Ann +13035550123"


def test_an_error_tells_no_values(site: Site) -> None:
    """What a person wrote, or their number, must not get into our log by way of an error."""
    with site.database.begin() as session:
        session.add(lease(SECRET))
    with pytest.raises(IntegrityError) as twice, site.database.begin() as session:
        session.add(lease(SECRET))
    with pytest.raises(IntegrityError) as empty, site.database.begin() as session:
        session.execute(insert(Lease).values(name=f"{SECRET}!", holder=None, fence=1, expires_at=NOON))
    for error in (twice.value, empty.value):
        told = "".join(traceback.format_exception(error))
        assert "Ann" not in told
        assert "3035550123" not in told
        assert "leases" in told, "where it happened is told"
        assert "constraint" in told.lower(), "and what went wrong"


def test_nor_does_an_error_of_the_bulk_paths(site: Site) -> None:
    row = (SECRET, "a", 1, instant_text(NOON))
    with pytest.raises(Exception) as caught, site.database.begin() as session:  # each driver has its own
        bulk.insert(session, cast(Table, Lease.__table__), ("name", "holder", "fence", "expires_at"), [row, row])
    told = "".join(traceback.format_exception(caught.value))
    assert "3035550123" not in told
    assert "constraint" in told.lower()


def test_an_instant_comes_back_as_the_same_in_utc(site: Site) -> None:
    written = datetime(2026, 11, 20, 5, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-7)))
    with site.database.begin() as session:
        session.add(lease(expires_at=written))
    with site.database.read() as session:
        read = session.get_one(Lease, "x").expires_at
    assert read == written
    assert read.utcoffset() == timedelta(0)


def test_instants_compare_as_time_does(site: Site) -> None:
    with site.database.begin() as session:
        session.add(lease("early", NOON))
        session.add(lease("late", (NOON + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=-11)))))
    with site.database.read() as session:
        assert list(session.scalars(select(Lease.name).where(Lease.expires_at > NOON))) == ["late"]


def test_sqlite_is_set_up_for_a_service(lite: Site) -> None:
    with lite.database.read() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_announcements_go_out_after_the_commit(site: Site) -> None:
    heard: list[list[str]] = []
    leave = site.bulletin.listen("work", lambda: heard.append(names(site)))
    with site.database.begin() as session:
        session.add(lease())
        announce(session, "work")
        announce(session, "work")
        announce(session, "elsewhere")
        assert heard == []
    assert heard == [["x"]], "once, and what was written can be read"
    leave()
    with site.database.begin() as session:
        announce(session, "work")
    assert len(heard) == 1


def test_announcements_are_dropped_with_what_they_were_about(site: Site) -> None:
    heard: list[bool] = []
    site.bulletin.listen("work", lambda: heard.append(True))

    def fails() -> None:
        with site.database.begin() as session:
            announce(session, "work")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with site.database.begin():
        pass
    assert heard == []


def test_announcements_reach_every_listener() -> None:
    bulletin, heard = Bulletin(), list[str]()
    for name in ("a", "b"):
        bulletin.listen("work", lambda name=name: heard.append(name))  # type: ignore[misc]
    bulletin.post_all(["work", "nobody listens"])
    assert heard == ["a", "b"]


def test_many_writers_wait_for_each_other(site: Site) -> None:
    def write(number: int) -> None:
        for step in range(5):
            with site.database.begin() as session:
                session.add(lease(f"{number}-{step}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(site)) == 30


def test_two_processes_may_share_a_sqlite_file(tmp_path: Path) -> None:
    """What reads first and writes later must not fail because another process wrote in between."""
    url = make.sqlite_url(tmp_path)
    with closing(make.site(url)), closing(Database(url)) as one, closing(Database(url)) as other:

        def add(database: Database, name: str) -> None:
            for number in range(10):
                with database.begin() as session:
                    session.scalar(select(Lease.name))
                    session.add(lease(f"{name} {number}"))

        threads = [threading.Thread(target=add, args=pair) for pair in ((one, "one"), (other, "other"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with one.read() as session:
            assert len(session.scalars(select(Lease.name)).all()) == 20


def test_our_side_notices_a_server_that_vanished(postgres_url: str) -> None:
    """Within about a minute, and not after hours; an address that says otherwise is obeyed."""
    for url, patience in ((postgres_url, "60000"), (f"{postgres_url}?tcp_user_timeout=5000", "5000")):
        with closing(Database(url)) as database, database.read() as session:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            said = driver.info.get_parameters()
        assert said["tcp_user_timeout"] == patience
        assert (said["keepalives_idle"], said["keepalives_interval"], said["keepalives_count"]) == ("30", "10", "3")
        assert said["connect_timeout"] == "10"
