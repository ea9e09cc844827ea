"""Erasure: nothing personal stays, the hash does, and the person alone can come back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import ledger, places
from giftpulse.daily.subscribers.erasing import erase
from giftpulse.daily.subscribers.models import Audience, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

LATER = make.NOON + timedelta(days=1)


def joined(site: Site) -> int:
    with site.database.begin() as session:
        said = people.consent("form", by=people.DENVER, ip="203.0.113.9", user_agent="Mozilla", detail="a secret")
        one = people.joined(session, site, people.program(session), place=places.from_zone("Texas"), first_name="Ann",
            window=Window(540, 600), language="es", theme="calm").subscriber  # fmt: skip
        ledger.record(session, one, said, make.NOON)
        return one.id


def everything(site: Site) -> str:
    """All rows about people, as text."""
    with site.database.read() as session:
        rows = [
            [str(cell) for cell in row if not isinstance(cell, bytes | memoryview)]
            for table in ("subscribers", "consent_events")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
    return json.dumps(rows)


def test_nothing_personal_stays(site: Site) -> None:
    known = joined(site)
    for secret in ("3035550123", "Ann", "Chicago", "203.0.113.9", "Mozilla", "TX"):
        assert secret in everything(site), "else this test proves nothing"
    with site.database.begin() as session:
        assert erase(session, session.get_one(Subscriber, known), "somebody", LATER)
    for secret in ("3035550123", "Ann", "Chicago", "203.0.113.9", "Mozilla", "TX", "a secret", "calm"):
        assert secret not in everything(site)
    with site.database.read() as session:
        one = session.get_one(Subscriber, known)
        assert (one.status, one.status_reason, one.status_at) == ("erased", "erased by somebody", LATER)
        assert session.get_one(Audience, one.audience_id).zones == ""
        lines = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
        assert [line.kind for line in lines] == ["opt_in", "opt_in", "erased"]
        assert {line.number_hash for line in lines} == {number_hash(site, people.DENVER)}


def test_erasing_twice_is_harmless(lite: Site) -> None:
    known = joined(lite)
    with lite.database.begin() as session:
        one = session.get_one(Subscriber, known)
        assert erase(session, one, "somebody", LATER)
        assert not erase(session, one, "somebody", LATER)
        assert people.kinds(session) == ["opt_in", "opt_in", "erased"]


def test_another_subscription_of_the_number_stays(lite: Site) -> None:
    known = joined(lite)
    with lite.database.begin() as session:
        other = people.joined(session, lite, people.program(session, name="Other")).subscriber
        erase(session, session.get_one(Subscriber, known), "somebody", LATER)
        assert (other.status, other.phone) == ("active", people.DENVER)
        (line,) = session.scalars(ledger.lines_of(other))
        assert line.phone == people.DENVER


def test_only_the_person_comes_back_and_as_somebody_new(site: Site) -> None:
    known = joined(site)
    with site.database.begin() as session:
        before = session.get_one(Subscriber, known)
        share = before.share
        erase(session, before, "somebody", LATER)
        program = people.programs_first(session)
        with pytest.raises(ConflictError, match="erased"):
            people.joined(session, site, program, source="import")
        back = people.joined(session, site, program, now=LATER)
        one = back.subscriber
        assert (back.outcome, one.id, one.status, one.moved) == ("returned", known, "active", True)
        assert (one.phone, one.share, one.timezone, one.first_name) == (people.DENVER, share, "America/Denver", None)
        assert session.get_one(Audience, one.audience_id).jurisdictions == "US,US-CO"
