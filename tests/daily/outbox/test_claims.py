"""Locks of others, on Postgres: nobody waits at one sender for what goes from another, and STOP waits for nobody."""

import threading
import time as real_time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claims import ClaimedNotes, Claims
from giftpulse.daily.outbox.freshness import FRESH
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.outbox.patience import Patience
from giftpulse.daily.outbox.post import steady
from giftpulse.daily.outbox.send import Sent
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import clock
from giftpulse.ground.database import hurry
from giftpulse.ground.errors import InvalidInputError
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
    with clock.stopped(LATE):
        claims = Claims(world.site)
        with holding(world.site, SENDER):
            found = {each.waits_for: each for each in claims.claim(100)}
            assert {waits_for: len(each.tasks) for waits_for, each in found.items()} == {another(SENDER): 0, "": 2}
            again_at = found[another(SENDER)].again_at
            assert again_at is not None
            assert timedelta() < again_at - clock.now() < timedelta(seconds=0.1)
        assert sum(len(each.tasks) for each in Claims(world.site).claim(100)) == 2


def test_a_sender_that_is_taken_is_asked_for_soon_and_then_less_often() -> None:
    patience, now, waits = Patience(longest=1.0), 100.0, list[float]()
    assert patience.wait("+1", now) == 0
    for _ in range(50):
        waits.append(patience.taken("+1", now))
        assert patience.wait("+1", now) == pytest.approx(waits[-1])
        now += waits[-1]
        assert patience.wait("+1", now) == 0
    assert waits[0] == 0.02
    assert waits == sorted(waits)
    assert waits[-1] == 1
    assert patience.wait("+2", now) == 0
    patience.free("+1")
    assert patience.taken("+1", now) == 0.02


def another(sender: str) -> str:
    return f"another claim for {sender}"


def test_a_run_sends_what_it_can_and_waits_for_the_rest(world: World) -> None:
    held, free = world.program(), world.program(name="Other", join_keyword="OTHER", sender="+12065550111")
    world.people(held, 2)
    world.people(free, 2)
    world.plan()
    with clock.stopped(LATE) as time, ExitStack() as stack:
        write(world.site, "reply:1", ANN, SENDER, held)
        stack.enter_context(holding(world.site, SENDER))
        sent: list[Sent] = []
        sending = threading.Thread(target=lambda: sent.append(world.send()))
        sending.start()
        for _ in range(1000):
            if world.states().get("accepted") == 2:
                break
            real_time.sleep(0.02)
        assert world.states() == {"accepted": 2, "planned": 6}, "and tomorrow's"
        assert sending.is_alive()
        stack.close()
        while sending.is_alive():  # one text a second is their pace
            time.move(seconds=0.5)
            sending.join(0.2)
        assert sent[0].accepted == 4
    with world.site.database.read() as session:
        assert session.scalars(select(Note.state)).all() == ["accepted"]


def test_a_claim_of_notes_waits_for_nobody(many: Site) -> None:
    """Or those that it has already would go out long after somebody's STOP."""
    daily, other = program(many), program(many, name="Evening", join_keyword="EVENING", sender=OTHER, brand="B")
    subscribe(many, daily)
    write(many, "welcome:1", ANN, LONG_CODE, daily.id)
    write(many, "reply:2", BEN, OTHER, other.id)
    claims = Claims(many)
    with holding(many, LONG_CODE):
        claimed = claims.claim_notes()
        assert [task.phone for task in claimed.tasks] == [BEN]
        assert claimed.again_at is not None
        assert say(many, "stop").intent == "stop"
    assert Claims(many).claim_notes() == ClaimedNotes()
    with many.database.read() as session:
        assert session.get_one(Note, 1).state == "skipped"


def test_a_first_claim_of_a_new_sender_waits_for_no_other_first_claim(world: World) -> None:
    program_id = world.program()
    world.people(program_id, 2)
    world.plan()
    with clock.stopped(LATE):
        first, second = Claims(world.site), Claims(world.site)
        assert sum(len(each.tasks) for each in first.claim(1)) == 1
        with holding(world.site, SENDER):
            assert [each.waits_for for each in second.claim(1)] == [another(SENDER)]


def test_what_is_wrong_with_one_program_costs_no_other_its_claim(world: World) -> None:
    broken, fine = world.program(), world.program(name="Other", join_keyword="OTHER", sender=OTHER)
    world.people(broken, 2)
    world.people(fine, 2)
    world.plan()
    with world.site.database.begin() as session:
        session.add(
            Edition(
                program_id=broken, local_date=EVENING.date(), language="en", theme="", text="Hello {nobody}", reason="",
                encoding="GSM-7", segments=1, source="human", state="approved", created_at=EVENING,
            )
        )  # fmt: skip
    with clock.stopped(LATE):
        claims = Claims(world.site)
        for _ in range(2):  # each of the two is the first one once
            assert [len(each.tasks) for each in claims.claim(1)] == [1]
        with pytest.raises(InvalidInputError, match="nobody"):
            claims.claim(1)
    assert {row.program_id for row in world.deliveries(state="posting")} == {fine}


def test_a_claim_never_waits_for_a_person_whom_planning_has(world: World) -> None:
    """Planning locks people and then their texts, a claim the other way round."""
    program_id = world.program()
    moving = world.person(program_id)
    world.plan()
    elsewhere = world.subscriber(world.person(program_id, "America/Los_Angeles")).audience_id
    with world.site.database.begin() as session:
        session.get_one(Subscriber, moving).audience_id = elsewhere
    with clock.stopped(LATE):
        with world.site.database.begin() as planner:
            planner.execute(text("SELECT 1 FROM subscribers FOR UPDATE"))
            assert Claims(world.site).claim(1)[0].put_off == 1
        assert not world.subscriber(moving).moved
    with clock.stopped(LATE + timedelta(minutes=2, seconds=1)):
        assert Claims(world.site).claim(1)[0].put_off == 1
        assert world.subscriber(moving).moved


def test_a_claim_that_hangs_is_soon_cut_off(world: World) -> None:
    with world.site.database.begin() as session:
        hurry(session)
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "15s"
    with world.site.database.begin() as session:
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "10min"


def test_what_is_claimed_first_does_not_grow_old_while_others_are_asked(world: World) -> None:
    """Beside a slow database a turn ends after a few programs; the others have the next."""
    ids = [world.program(name=f"Number {number}", join_keyword=f"NUMBER{number}", canary=False) for number in range(8)]
    for each in ids:
        world.people(each, 1)
    world.plan()

    @event.listens_for(world.site.database.engine, "before_cursor_execute")
    def slow(*_: object) -> None:
        real_time.sleep(0.02)

    claims, claimed = Claims(world.site), list[int]()
    with clock.stopped(LATE):
        for _ in range(20):
            tasks = [task for each in claims.claim(100) for task in each.tasks]
            claimed += [task.program_id for task in tasks]
            assert all(steady() - task.gated < FRESH for task in tasks)
            if len(claimed) == len(ids):
                break
    assert sorted(claimed) == ids


def write(site: Site, key: str, phone: str, sender: str, program_id: int) -> None:
    with site.database.begin() as session:
        notes.write(
            session, key=key, sender=sender, phone=phone, body="Hi.", now=clock.now(), expires=timedelta(hours=1),
            program_id=program_id,
        )  # fmt: skip
