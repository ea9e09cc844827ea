"""Locks of others, on Postgres: nobody waits at one sender for what goes from another, and STOP waits for nobody."""

import threading
import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claims import Claims
from giftpulse.daily.outbox.models import Note
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, BEN, LONG_CODE, OTHER, program, say, subscribe
from tests.daily.outbox.test_sending import LATE
from tests.daily.world import EVENING, SENDER, World, living


@pytest.fixture
def world(postgres_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(postgres_url) as made:
        yield made


@pytest.fixture
def many(postgres_url: str) -> Iterator[Site]:
    site = make.site(postgres_url)
    with clock.stopped(make.NOON):
        yield site
    site.close()


@contextmanager
def holding(site: Site, sender: str) -> Iterator[Session]:
    """Another process has the pace of a sender, until this block ends."""
    with site.database.begin() as session:
        session.execute(
            text("INSERT INTO senders (sender, free_at) VALUES (:sender, :now) ON CONFLICT DO NOTHING"),
            {"sender": sender, "now": clock.now()},
        )
    with site.database.begin() as session:
        session.execute(text("SELECT 1 FROM senders WHERE sender = :sender FOR UPDATE"), {"sender": sender})
        yield session


def test_texts_of_other_senders_go_while_one_is_held(world: World) -> None:
    held, free = world.program(), world.program(name="Other", join_keyword="OTHER", sender=OTHER)
    world.people(held, 2)
    world.people(free, 2)
    world.plan()
    with clock.stopped(LATE), holding(world.site, SENDER):
        claims = Claims(world.site)
        done = {each.waits_for: len(each.tasks) for each in claims.claim(100)}
        assert done == {f"another claim for {SENDER}": 0, "": 2}
        assert {each.again_at is not None for each in claims.claim(100) if each.waits_for} == {True}
    with clock.stopped(LATE):
        assert sum(len(each.tasks) for each in Claims(world.site).claim(100)) == 2


def test_a_stop_is_obeyed_while_a_claim_of_notes_waits_for_the_pace(many: Site) -> None:
    daily = program(many)
    subscribe(many, daily)
    write(many, "welcome:1", ANN, LONG_CODE, daily.id)
    with holding(many, LONG_CODE):
        claimed: list[notes.NoteTask] = []
        claiming = threading.Thread(target=lambda: claimed.extend(Claims(many).claim_notes()))
        claiming.start()
        _until_somebody_waits(many)
        assert say(many, "stop").intent == "stop"
        assert claiming.is_alive(), "it waited all the while, with nothing of the person's in its hand"
    claiming.join(30)
    assert claimed == []
    with many.database.read() as session:
        assert session.get_one(Note, 1).state == "skipped"


def test_a_sender_that_is_held_for_long_keeps_no_note_of_others(many: Site, caplog: pytest.LogCaptureFixture) -> None:
    daily, other = program(many), program(many, name="Evening", join_keyword="EVENING", sender=OTHER, brand="B")
    write(many, "reply:1", ANN, LONG_CODE, daily.id)
    write(many, "reply:2", BEN, OTHER, other.id)
    with holding(many, LONG_CODE):
        assert [task.phone for task in Claims(many).claim_notes()] == [BEN]
    assert "a claim of notes failed; the others go on" in caplog.text
    assert [task.phone for task in Claims(many).claim_notes()] == [ANN]


def write(site: Site, key: str, phone: str, sender: str, program_id: int) -> None:
    with site.database.begin() as session:
        notes.write(
            session, key=key, sender=sender, phone=phone, body="Hi.", now=make.NOON, expires=timedelta(hours=1),
            program_id=program_id,
        )  # fmt: skip


def _until_somebody_waits(site: Site) -> None:
    for _ in range(400):
        with site.database.read() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        real_time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
