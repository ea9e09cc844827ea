"""The limits of the sign-up form: for an address, a network and a program, whoever asks at once and whatever came in
between."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers import signup_limits
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

NOW = make.NOON


def form(session: Session, number: int, ip: str | None = "192.0.2.1", at: datetime = NOW, **more: Any) -> None:
    phone = f"+1303555{number:04d}"
    line = {
        "number_hash": b"%d" % number,
        "phone": phone,
        "by": phone,
        "kind": "opt_in",
        "source": "form",
        "detail": "",
    }
    session.add(ConsentEvent(**{**line, "at": at, "recorded_at": at, "ip": ip, "program_id": 1, **more}))
    session.flush()


def imported(session: Session, lines: int, at: datetime = NOW) -> None:
    for number in range(lines):
        form(session, number, at=at, source="import", ip=None, by="people.csv")


def test_an_address_has_ten_an_hour(site: Site) -> None:
    with site.database.begin() as session:
        for number in range(9):
            form(session, number)
        form(session, 9, at=NOW - timedelta(hours=1))
        form(session, 10, "192.0.2.2")
        assert not signup_limits.address_is_over(session, "192.0.2.1", NOW)
        form(session, 11)
        assert signup_limits.address_is_over(session, "192.0.2.1", NOW)
        assert not signup_limits.address_is_over(session, "192.0.2.2", NOW)


def test_a_network_of_ipv6_counts_as_one_address(lite: Site) -> None:
    with lite.database.begin() as session:
        for number in range(10):
            form(session, number, f"2001:db8:0:1::{number:x}")
        assert signup_limits.address_is_over(session, "2001:db8:0:1:ffff::1", NOW)
        assert not signup_limits.address_is_over(session, "2001:db8:0:2::1", NOW)
        for number in range(10):
            form(session, number, f"192.0.2.{9 if number % 2 else 8}")
        assert not signup_limits.address_is_over(session, "::ffff:192.0.2.8", NOW)


def test_a_program_has_two_hundred_an_hour_from_wherever(lite: Site) -> None:
    with lite.database.begin() as session:
        for number in range(199):
            form(session, number, f"192.0.2.{number}")
        form(session, 199, by="admin token")
        assert not signup_limits.program_is_over(session, 1, NOW), "the API is not the page"
        form(session, 200, "198.51.100.1")
        assert signup_limits.program_is_over(session, 1, NOW)
        assert not signup_limits.program_is_over(session, 2, NOW)


@pytest.mark.parametrize("began", [NOW, NOW - timedelta(minutes=90)])
def test_an_import_hides_no_form(site: Site, began: datetime) -> None:
    with site.database.begin() as session:
        form(session, 0, at=NOW - timedelta(hours=3))
        for number in range(10):
            form(session, number, at=NOW - timedelta(minutes=30))
        imported(session, 60, began)
        assert signup_limits.address_is_over(session, "192.0.2.1", NOW)


def test_no_more_of_the_ledger_is_read_than_there_is_need_for(lite: Site) -> None:
    with lite.database.begin() as session:
        statements: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        assert list(signup_limits._lately(session, NOW)) == []
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0]}", ("% token", "2026")).all()
    assert "USING INDEX ix_consent_events_forms (recorded_at>?)" in plan[0][-1]


def test_many_at_once_from_one_address_are_no_more_than_it_may(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)
    together = threading.Barrier(16) if not site.database.is_sqlite else threading.Barrier(1)

    def sign_up(number: int) -> None:
        phone = f"+1303555{number:04d}"
        with site.database.begin() as session:
            session.scalar(select(func.count()).select_from(ConsentEvent))
            if signup_limits.address_is_over(session, "192.0.2.1", NOW):
                return
            said = Consent("opt_in", "form", phone, NOW, ip="192.0.2.1")
            join(session, site, program, phone, said, NOW, status="pending")

    def go(number: int) -> None:
        together.wait(10)
        sign_up(number)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 10
