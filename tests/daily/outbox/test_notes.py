"""Notes: only to those who want texts at that moment, and within the pace of their sender."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from giftpulse.daily import rounds
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claims import Claims
from giftpulse.daily.outbox.models import PLANNED, POSTING, Note
from giftpulse.daily.programs.models import Sender
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent, record_number
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import clock
from giftpulse.ground.site import Site
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
