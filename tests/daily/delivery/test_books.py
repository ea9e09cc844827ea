"""Following the record: callbacks that name their row, the nightly comparison, notes and questions."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from giftpulse.daily.delivery import reconcile
from giftpulse.daily.delivery.confirm import Told, apply
from giftpulse.daily.inbound import asking
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.models import DeliveryEvent, Note, Reconciliation
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.ground import clock
from tests import make
from tests.daily.outbox.test_sending import LATE
from tests.daily.world import EVENING, SENDER, World, living


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with clock.stopped(EVENING), living(database_url) as made:
        yield made


def test_a_late_callback_of_a_row_that_was_given_up_is_believed(world: World) -> None:
    world.person(world.program())
    world.plan()
    row = world.deliveries()[0]
    sid = make.sid()
    with world.site.database.begin() as session:
        apply(session, world.site, [Told(sid, row.id)], clock.now())
    (row,) = world.deliveries(sid=sid)
    assert row.state == "accepted"
    with world.site.database.read() as session:
        (event,) = session.scalars(select(DeliveryEvent))
    assert event.what == "settled by a late word of Twilio"
    with clock.stopped(LATE):
        assert world.send().posted == 0


def test_a_second_message_for_one_row_is_told_and_does_not_take_its_place(world: World) -> None:
    world.person(world.program())
    world.plan()
    row = world.deliveries()[0]
    first, second = make.sid(), make.sid()
    for sid in (first, second, second):
        with world.site.database.begin() as session:
            apply(session, world.site, [Told(sid, row.id)], clock.now())
    assert world.deliveries()[0].sid == first
    with world.site.database.read() as session:
        told = [event.why for event in session.scalars(select(DeliveryEvent)) if event.what == "a second message"]
    assert told == [second, second]


def test_the_nightly_comparison_heals_and_names_strangers(world: World) -> None:
    world.people(world.program(), 3)
    world.plan()
    with clock.stopped(LATE) as time:
        world.send()
        for row in world.deliveries(state="accepted"):
            world.twilio.force(str(row.sid), "delivered")
        stranger = make.message(**{"from": SENDER, "to": "+15005550111", "at": clock.now()})
        make.take(world.site, stranger, now=clock.now())
        time.move(hours=2)
        world.poll()
        done = reconcile.reconcile(world.site)
        assert (done.checked, done.healed) == (3, 3)
        assert done.strangers == 1
        assert world.states()["delivered"] == 3
        with world.site.database.read() as session:
            (kept,) = session.scalars(select(Reconciliation))
        assert json.loads(kept.samples)[0]["sid"] == stranger["sid"]
        assert "+15005550111" not in kept.samples
        assert reconcile.reconcile_if_due(world.site) is False
        with world.site.database.read() as session:
            assert len(session.scalars(select(Reconciliation)).all()) == 1


def test_a_note_goes_out_once_and_a_double_key_is_none(world: World) -> None:
    with world.site.database.begin() as session:
        written = [
            notes.write(
                session, key="reply:SM1", sender=SENDER, phone="+12125550777", body="Thank you.", now=clock.now(),
                expires=timedelta(minutes=10),
            )
            for _ in range(2)
        ]  # fmt: skip
    assert written == [True, False]
    world.program()
    world.send()
    world.send()
    assert world.at_twilio() == [("+12125550777", "Thank you.")]


def test_a_note_whose_answer_was_lost_is_not_repeated_and_an_expired_one_not_sent(world: World) -> None:
    world.program()
    world.twilio.order("drop_before", times=1, method="POST")
    for key, expires in (("a", 10), ("b", -1)):
        with world.site.database.begin() as session:
            notes.write(
                session, key=key, sender=SENDER, phone="+12125550777", body="Hi.", now=clock.now(),
                expires=timedelta(minutes=expires),
            )  # fmt: skip
    world.send()
    world.send()
    with world.site.database.read() as session:
        assert {note.key: note.state for note in session.scalars(select(Note))} == {"a": "unknown", "b": "skipped"}
    assert world.at_twilio() == []


def test_whoever_signed_up_is_asked_once(world: World) -> None:
    program = world.program()
    with world.site.database.begin() as session:
        form = Consent("opt_in", "form", "them", clock.now(), wording="I agree", ip="192.0.2.1")
        join(
            session, world.site, session.get_one(Program, program), "+12125550001", form, clock.now(), status="pending"
        )
    for _ in range(2):
        asking.ask(world.site)
        world.send()
    ((to, body),) = world.at_twilio()
    assert to == "+12125550001"
    assert "YES" in body
