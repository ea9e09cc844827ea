"""Notes: only to those who want texts at that moment, and within the pace of their sender."""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from giftpulse.daily import rounds
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claims import Claims
from giftpulse.daily.outbox.freshness import FRESH
from giftpulse.daily.outbox.models import PLANNED, POSTING, Note
from giftpulse.daily.programs.models import Sender
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent, record_number
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.rest import TwilioRest
from tests import make
from tests.daily.inbound.texting import ANN, BEN, LONG_CODE, OTHER, program, say, statuses, subscribe
from tests.daily.world import EVENING, SENDER, World, living

LATER = make.NOON + timedelta(seconds=5)


def write(site: Site, key: str, phone: str = ANN, program_id: int | None = None, sender: str = LONG_CODE) -> None:
    with site.database.begin() as session:
        notes.write(
            session, key=key, sender=sender, phone=phone, body="Hi.", now=make.NOON, expires=timedelta(hours=1),
            program_id=program_id,
        )  # fmt: skip


def claimed(site: Site, now: datetime = make.NOON) -> list[notes.NoteTask]:
    with clock.stopped(now):
        return Claims(site).claim_notes().tasks


def put_back(site: Site, task: notes.NoteTask) -> None:
    with site.database.begin() as session:
        notes.record(session, [notes.NoteOutcome(task, PLANNED, reason="429")], make.NOON)


def states(site: Site) -> dict[str, tuple[str, str | None]]:
    with site.database.read() as session:
        return {note.key: (note.state, note.reason) for note in session.scalars(select(Note))}


def leaves_by_hand(site: Site, one: Subscriber) -> None:
    with site.database.begin() as session:
        said = Consent("opt_out", "api", "test", make.NOON, detail="asked by phone")
        leave(session, [session.get_one(Subscriber, one.id)], said, make.NOON)


def test_a_note_that_was_put_back_does_not_go_to_whoever_said_stop_meanwhile(site: Site) -> None:
    daily = program(site)
    subscribe(site, daily)
    write(site, "welcome:1", program_id=daily.id)
    (task,) = claimed(site)
    say(site, "please stop", at=make.NOON + timedelta(seconds=1))
    put_back(site, task)
    assert claimed(site, LATER) == []
    state, reason = states(site)["welcome:1"]
    assert state == "skipped"
    assert reason is not None
    assert reason.startswith("the person has opted out: says ")


@pytest.mark.parametrize("key", ["inbox:1:abc", "ask:1:2", "welcome:1"])
def test_whoever_left_by_hand_gets_no_note_whenever_it_was_written(site: Site, key: str) -> None:
    daily = program(site)
    leaves_by_hand(site, subscribe(site, daily))
    write(site, key, program_id=daily.id)
    assert claimed(site) == []
    assert states(site)[key] == ("skipped", "the person has opted out: asked by phone")


def test_a_stranger_who_said_stop_gets_no_note_either(site: Site) -> None:
    program(site)
    write(site, "inbox:1:abc", BEN)
    (task,) = claimed(site)
    with site.database.begin() as session:
        said = Consent("opt_out", "keyword", "the person", LATER)
        record_number(session, number_hash(site, BEN), BEN, said, LATER)
    put_back(site, task)
    assert claimed(site, LATER) == []
    assert states(site)["inbox:1:abc"][0] == "skipped"


def test_the_confirmation_of_a_stop_goes_and_so_do_answers_to_what_was_asked_after_it(site: Site) -> None:
    daily = program(site)
    one = subscribe(site, daily)
    with site.database.begin() as session:
        said = Consent("opt_out", "keyword", "the person", make.NOON)
        leave(session, [session.get_one(Subscriber, one.id)], said, make.NOON)
    write(site, "reply:SM1", program_id=daily.id)
    assert [task.phone for task in claimed(site)] == [ANN]


def test_an_answer_from_before_a_stop_does_not_go(site: Site) -> None:
    daily = program(site)
    one = subscribe(site, daily)
    write(site, "reply:SM1", program_id=daily.id)
    with site.database.begin() as session:
        said = Consent("opt_out", "twilio", "Twilio", LATER, detail="21610")
        leave(session, [session.get_one(Subscriber, one.id)], said, LATER)
    assert claimed(site, LATER) == []
    assert states(site)["reply:SM1"] == ("skipped", "the person has opted out: 21610")


def test_who_left_one_program_still_gets_the_notes_of_another(site: Site) -> None:
    one, two = program(site), program(site, name="Evening", join_keyword="EVENING", sender=SENDER, brand="B")
    leaves_by_hand(site, subscribe(site, one))
    subscribe(site, two)
    assert statuses(site) == ["opted_out", "active"]
    write(site, "welcome:1", program_id=one.id)
    write(site, "welcome:2", program_id=two.id)
    claimed(site)
    assert [states(site)[key][0] for key in ("welcome:1", "welcome:2")] == ["skipped", "posting"]


def test_notes_keep_to_the_pace_of_their_program_whoever_names_the_sender(tmp_path: Path) -> None:
    site = make.site(make.sqlite_url(tmp_path), twilio_from_number=LONG_CODE)
    daily = program(site, sender=None, segments_per_second=4)
    for number in range(20):
        write(site, f"welcome:{number}", f"+1303555{number:04d}", daily.id)
    times = list[float]()
    for tick in range(300):
        now = make.NOON + timedelta(seconds=tick / 20)
        while tasks := claimed(site, now):
            times += [tick / 20] * len(tasks)
    assert len(times) == 20
    assert times[0] == 0
    assert all(sum(at <= end for at in times) <= 4 * (end + 2) for end in times)
    assert times[-1] <= 5, "and it does not wait in vain"
    site.close()


def test_answers_go_before_questions_and_questions_take_half_at_most(site: Site) -> None:
    daily = program(site, segments_per_second=4)
    for number in range(10):
        write(site, f"ask:{number}:1", f"+1303555{number:04d}", daily.id)
    write(site, "reply:SM1", BEN, daily.id)
    tasks = claimed(site)
    assert tasks[0].phone == BEN
    assert len(tasks) == 3, "the answer, and half of a second's four"
    assert claimed(site) == []
    assert claimed(site, make.NOON + timedelta(seconds=0.9)) == [], "the other half is for the daily texts"
    assert len(claimed(site, make.NOON + timedelta(seconds=1))) == 2


def test_a_busy_sender_holds_up_no_other(lite: Site) -> None:
    daily = program(lite, segments_per_second=1)
    other = program(lite, name="Evening", join_keyword="EVENING", sender=OTHER, brand="B")
    with lite.database.begin() as session:
        session.merge(Sender(sender=LONG_CODE, free_at=make.NOON + timedelta(minutes=1)))
    for number in range(3):
        write(lite, f"reply:{number}", f"+1303555{number:04d}", daily.id)
    write(lite, "reply:other", BEN, other.id, sender=OTHER)
    assert [task.phone for task in claimed(lite)] == [BEN]
    assert len(claimed(lite, make.NOON + timedelta(seconds=59))) == 1


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = make.sqlite_url(tmp_path)
    make.site(url).close()
    with clock.stopped(EVENING), living(url) as made:
        yield made


def test_a_note_whose_sender_died_is_given_up_by_the_plan_round(world: World) -> None:
    world.program()
    with world.site.database.begin() as session:
        notes.write(
            session, key="reply:SM1", sender=SENDER, phone=BEN, body="Hi.", now=EVENING, expires=timedelta(minutes=10)
        )
    assert len(claimed(world.site, EVENING)) == 1
    rounds.plan(world.site)
    assert states(world.site)["reply:SM1"][0] == POSTING
    with clock.stopped(EVENING + timedelta(minutes=10)):
        rounds.plan(world.site)
    assert states(world.site)["reply:SM1"] == ("unknown", "the process that was sending it ended")


def note_in(world: World, key: str, expires: timedelta = timedelta(minutes=10), program_id: int | None = None) -> None:
    with world.site.database.begin() as session:
        notes.write(
            session, key=key, sender=SENDER, phone=BEN, body="Hi.", now=clock.now(), expires=expires,
            program_id=program_id,
        )  # fmt: skip


def post(world: World, task: notes.NoteTask) -> notes.NoteOutcome:
    async def posted() -> notes.NoteOutcome:
        account = account_of(world.site.settings)
        assert account is not None
        async with TwilioRest(account, world.site.settings) as rest:
            return await notes.post(rest, task)

    outcome = asyncio.run(posted())
    with world.site.database.begin() as session:
        notes.record(session, [outcome], clock.now())
    return outcome


def test_a_note_that_waited_long_for_its_turn_is_looked_at_once_more(world: World) -> None:
    """Whoever says STOP between the claim and the request must not get it."""
    daily = world.program()
    one = world.person(daily, phone=BEN)
    note_in(world, "inbox:1", program_id=daily)
    (task,) = claimed(world.site, EVENING)
    leaves_by_hand(world.site, world.subscriber(one))
    assert post(world, dataclasses.replace(task, gated=task.gated - FRESH)).held_back
    assert world.at_twilio() == []
    assert claimed(world.site, EVENING + timedelta(seconds=1)) == []
    assert states(world.site)["inbox:1"][0] == "skipped"


def test_a_note_that_was_held_back_goes_at_once_and_had_no_try(world: World) -> None:
    note_in(world, "inbox:1")
    (task,) = claimed(world.site, EVENING)
    post(world, dataclasses.replace(task, gated=task.gated - FRESH))
    (task,) = claimed(world.site, EVENING + timedelta(seconds=1))
    assert post(world, task).state == "accepted"
    with world.site.database.read() as session:
        assert session.get_one(Note, task.id).attempts == 1
    assert len(world.at_twilio()) == 1


def test_a_claim_of_notes_waits_for_no_note_that_others_have_locked(many: Site) -> None:
    """Those of other senders that it has already would grow old."""
    program(many)
    write(many, "reply:old")
    write(many, "reply:new", BEN)
    with many.database.begin() as session:
        session.execute(update(Note).where(Note.key == "reply:old").values(expires_at=make.NOON))
    with many.database.begin() as session:
        session.scalars(select(Note).where(Note.key == "reply:old").with_for_update()).one()
        assert [task.phone for task in claimed(many)] == [BEN]
    assert claimed(many) == []
    assert states(many)["reply:old"] == ("skipped", notes.OF_NO_USE)


@pytest.mark.parametrize(("key", "end"), [("ask:1:1", 30), ("reply:SM1", 0)])
def test_twilio_gives_up_when_a_note_is_of_no_use_and_a_question_earlier(world: World, key: str, end: int) -> None:
    note_in(world, key)
    assert world.send().posted == 0, "notes are not counted"
    expires = world.twilio.do(
        lambda simulator: [m.expires for m in simulator.world.account().messages.page(lambda _m: True, 10).rows]
    )
    assert expires == [EVENING + timedelta(minutes=10, seconds=-end)]


@pytest.mark.parametrize(
    ("key", "left", "taken"),
    [("ask:1:1", 59, 0), ("ask:1:1", 60, 1), ("reply:SM1", 1, 1), ("reply:SM1", 0, 0)],
)
def test_what_would_come_too_late_is_not_handed_over(world: World, key: str, left: int, taken: int) -> None:
    note_in(world, key)
    with clock.stopped(EVENING + timedelta(minutes=10, seconds=-left)):
        world.send()
    assert len(world.at_twilio()) == taken
    assert states(world.site)[key] == (("accepted", None) if taken else ("skipped", notes.OF_NO_USE))


def test_the_time_is_looked_at_again_before_the_request(world: World) -> None:
    note_in(world, "ask:1:1")
    (task,) = claimed(world.site, EVENING)
    with clock.stopped(EVENING + timedelta(minutes=9, seconds=1)):
        assert post(world, task).state == "skipped"
    assert world.at_twilio() == []
    assert states(world.site)["ask:1:1"] == ("skipped", notes.OF_NO_USE)


@pytest.fixture
def many(postgres_url: str) -> Iterator[Site]:
    with closing(make.site(postgres_url)) as site:
        yield site
