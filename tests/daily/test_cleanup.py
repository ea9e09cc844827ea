"""Retention of the daily half: what goes, what stays, and what only loses its words; on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from giftpulse.daily import cleanup
from giftpulse.daily.editions.models import Edition, WritingAttempt
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox import notes, retention
from giftpulse.daily.outbox.models import Delivery, DeliveryEvent, Note, Plan
from giftpulse.daily.programs.models import ProgramDay
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground import clock
from tests import make
from tests.daily.outbox.test_sending import LATE, TODAY, opt_out
from tests.daily.world import EVENING, SENDER, World, living

LONG_AFTER = EVENING + timedelta(days=100)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Three people with the texts of one day: two sent, one skipped; tomorrow's are planned, and notes were written."""
    with clock.stopped(EVENING), living(database_url, retention_days=90, body_retention_days=30) as made:
        people = made.people(made.program(), 3)
        made.plan()
        opt_out(made, people[2])
        with clock.stopped(LATE):
            with made.site.database.begin() as session:
                session.add(DeliveryEvent(delivery_id=1, at=clock.now(), what="a try", why="for the test"))
            made.send()
        yield made


def write(world: World, key: str, at: datetime, **more: Any) -> None:
    with world.site.database.begin() as session:
        notes.write(session, key=key, sender=SENDER, phone="+12125550199", body="Words", now=at,
                    expires=timedelta(hours=1))  # fmt: skip
        session.execute(update(Note).where(Note.key == key).values(state="accepted", **more))


def hear(world: World, at: datetime) -> None:
    with world.site.database.begin() as session:
        session.add(InboundText(
            message_sid=make.sid(), phone="+12125550199", sender=SENDER, received_at=at, body="Hello", intent="other",
            reason="", sentiment="neutral", danger=False, reply_by="none",
        ))  # fmt: skip


def count(world: World, table: Any) -> int:
    with world.site.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_nothing_young_goes(world: World) -> None:
    before = (len(world.deliveries()), count(world, Plan), count(world, ProgramDay))
    with clock.stopped(EVENING + timedelta(days=89)):
        assert set(cleanup.cleanup(world.site).values()) == {0}
    assert (len(world.deliveries()), count(world, Plan), count(world, ProgramDay)) == before


def test_a_dry_run_counts_what_then_goes(world: World) -> None:
    write(world, "old", EVENING)
    hear(world, EVENING)
    ledger, people, editions = count(world, ConsentEvent), count(world, Subscriber), count(world, Edition)
    with clock.stopped(LONG_AFTER):
        would = cleanup.cleanup(world.site, dry_run=True)
        assert would["daily texts"] == 6 == len(world.deliveries())
        done = cleanup.cleanup(world.site)
        assert {**done, "words of notes": 1, "words of people": 1} == would, "what is gone has no words left"
        assert set(cleanup.cleanup(world.site).values()) == {0}
    for table in (Delivery, DeliveryEvent, Plan, ProgramDay, Note, InboundText, WritingAttempt):
        assert count(world, table) == 0, table
    assert (count(world, ConsentEvent), count(world, Subscriber), count(world, Edition)) == (ledger, people, editions)


def test_words_go_sooner_and_the_rest_stays(world: World) -> None:
    write(world, "old", EVENING)
    write(world, "young", EVENING + timedelta(days=20))
    hear(world, EVENING)
    hear(world, EVENING + timedelta(days=20))
    with clock.stopped(EVENING + timedelta(days=31)):
        done = cleanup.cleanup(world.site)
    assert (done["words of notes"], done["words of people"], done["notes"], done["inbox"]) == (1, 1, 0, 0)
    with world.site.database.read() as session:
        assert list(session.scalars(select(Note.body).order_by(Note.id))) == [None, "Words"]
        assert list(session.scalars(select(InboundText.body).order_by(InboundText.id))) == [None, "Hello"]


def test_a_note_that_is_to_be_sent_keeps_its_words(world: World) -> None:
    write(world, "old", EVENING)
    with world.site.database.begin() as session:
        session.execute(update(Note).values(state="planned"))
    with clock.stopped(LONG_AFTER):
        cleanup.cleanup(world.site)
    assert count(world, Note) == 1


def test_only_what_is_old_goes_and_large_amounts_go_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PEOPLE", 2)
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    with clock.stopped(EVENING + timedelta(days=92)):
        world.plan()
        assert cleanup.cleanup(world.site)["daily texts"] == 6
        left = world.deliveries()
    assert left != []
    assert min(row.local_date for row in left) > TODAY + timedelta(days=90)


def test_whether_there_is_anything_old_is_asked_cheaply(world: World) -> None:
    """The way through all people is taken once a day only, when a date has become old."""
    with world.site.database.read() as session:
        assert not retention._has_old(session, TODAY)
        assert retention._has_old(session, TODAY + timedelta(days=2))
