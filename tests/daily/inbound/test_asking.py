"""Who is asked whether it was they, and when: never at night, never without a sender, never too many at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from giftpulse.daily.copied import hold_back
from giftpulse.daily.inbound import asking
from giftpulse.daily.inbound.asking_hours import open_until
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.outbox.questions import next_keys
from giftpulse.daily.programs import holds
from giftpulse.daily.schedule.day_plan import People
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, BEN, LONG_CODE, OTHER, ledger, program, subscribe

NIGHT = datetime.fromisoformat("2026-11-20T08:00:00Z")
"""03:00 in New York, 01:00 in Denver."""


@pytest.fixture(autouse=True)
def stopped() -> Iterator[clock.Stopped]:
    with clock.stopped(NIGHT) as time:
        yield time


def questions(site: Site) -> list[Note]:
    with site.database.read() as session:
        return list(session.scalars(select(Note).order_by(Note.id)))


def test_nobody_is_asked_at_night(site: Site, stopped: clock.Stopped) -> None:
    daily = program(site)
    subscribe(site, daily, ANN, "pending")
    subscribe(site, daily, BEN, "pending")
    assert not asking.ask(site)
    assert questions(site) == []
    stopped.move(hours=5, minutes=30)
    asking.ask(site)
    assert [note.phone for note in questions(site)] == [BEN], "08:30 in New York, 06:30 in Denver"
    stopped.move(hours=2)
    asking.ask(site)
    assert {note.phone for note in questions(site)} == {ANN, BEN}
    asking.ask(site)
    assert len(questions(site)) == 2


def test_a_program_without_quiet_hours_asks_at_once(lite: Site) -> None:
    subscribe(lite, program(lite, quiet_hours=False), status="pending")
    asking.ask(lite)
    assert [(note.sender, note.phone) for note in questions(lite)] == [(LONG_CODE, ANN)]


def test_a_question_is_worth_nothing_when_the_hours_end(lite: Site, stopped: clock.Stopped) -> None:
    subscribe(lite, program(lite), BEN, "pending")
    stopped.move(hours=17, minutes=30)  # 20:30 in New York
    asking.ask(lite)
    (note,) = questions(lite)
    assert note.expires_at <= clock.now() + timedelta(minutes=30)


def test_those_who_sleep_are_in_nobodys_way(lite: Site, stopped: clock.Stopped) -> None:
    daily = program(lite)
    for number in range(3):
        subscribe(lite, daily, f"+1303555{number:04d}", "pending")
    subscribe(lite, daily, BEN, "pending")
    stopped.move(hours=5, minutes=30)
    with patch.object(asking, "AT_ONCE", 2):
        assert not asking.ask(lite)
    assert [note.phone for note in questions(lite)] == [BEN]


def test_no_more_are_written_than_can_be_sent_soon(lite: Site) -> None:
    daily = program(lite, quiet_hours=False)
    for number in range(6):
        subscribe(lite, daily, f"+1303555{number:04d}", "pending")
    with patch.object(asking, "AT_ONCE", 2), patch.object(asking, "MOST_WAITING", 3):
        assert asking.ask(lite)
        assert asking.ask(lite)
        assert not asking.ask(lite)
    assert len(questions(lite)) == 3


def test_a_program_without_a_sender_asks_nobody_and_keeps_nobody_busy(tmp_path: Path) -> None:
    site = make.site(make.sqlite_url(tmp_path))
    subscribe(site, program(site, sender=None, quiet_hours=False), status="pending")
    with patch.object(asking, "AT_ONCE", 1):
        assert not asking.ask(site)
    assert questions(site) == []
    site.close()


def hold(site: Site, scope: str) -> None:
    with site.database.begin() as session:
        holds.hold(session, scope, holds.OPERATOR, "looked into", clock.now())


def lift(site: Site, scope: str) -> None:
    with site.database.begin() as session:
        holds.lift(session, scope, None, clock.now(), "test")


def claimed(site: Site) -> list[str]:
    """Who gets a note now."""
    with site.database.begin() as session:
        return [task.phone for task in notes.claim(session, LONG_CODE) or ()]


@pytest.mark.parametrize("scope", ["all", f"sender:{LONG_CODE}", "program:1"])
def test_while_they_are_held_nobody_is_asked_and_afterwards_everybody_once(
    site: Site, stopped: clock.Stopped, scope: str
) -> None:
    subscribe(site, program(site, quiet_hours=False), status="pending")
    hold(site, scope)
    for _ in range(3):
        assert not asking.ask(site)
        stopped.move(minutes=40)
    assert questions(site) == []
    lift(site, scope)
    asking.ask(site)
    asking.ask(site)
    assert claimed(site) == [ANN]
    assert len(questions(site)) == 1


def test_the_hold_of_another_sender_keeps_nobody_from_being_asked(lite: Site) -> None:
    subscribe(lite, program(lite, quiet_hours=False), status="pending")
    hold(lite, f"sender:{OTHER}")
    asking.ask(lite)
    assert len(questions(lite)) == 1


def test_a_question_that_never_went_is_asked_again(site: Site, stopped: clock.Stopped) -> None:
    """It was written when the sender was held, and grew old."""
    subscribe(site, program(site, quiet_hours=False), status="pending")
    asking.ask(site)
    hold(site, f"sender:{LONG_CODE}")
    for _ in range(3):
        assert claimed(site) == []
        asking.ask(site)
        assert len(questions(site)) == 1
        stopped.move(minutes=30)
    lift(site, f"sender:{LONG_CODE}")
    asking.ask(site)
    asking.ask(site)
    first, second = questions(site)
    assert (first.state, first.reason, second.state) == ("skipped", notes.OF_NO_USE, "planned")
    assert claimed(site) == [ANN]
    stopped.move(days=3)
    asking.ask(site)
    assert len(questions(site)) == 2, "the second one went"
    assert ledger(site) == ["opt_in", "requested", "requested"]


@pytest.mark.parametrize("state", ["planned", "posting", "unknown", "accepted", "failed"])
def test_whoever_was_asked_or_may_have_been_is_not_asked_again(site: Site, state: str) -> None:
    subscribe(site, program(site, quiet_hours=False), status="pending")
    asking.ask(site)
    with site.database.begin() as session:
        session.execute(update(Note).values(state=state))
    asking.ask(site)
    assert len(questions(site)) == 1


def test_whom_a_stop_hushed_is_not_asked_again(lite: Site) -> None:
    subscribe(lite, program(lite, quiet_hours=False), status="pending")
    asking.ask(lite)
    with lite.database.begin() as session:
        session.execute(update(Note).values(state="skipped", reason="the person said STOP"))
    asking.ask(lite)
    assert len(questions(lite)) == 1


def test_who_asks_at_the_same_moment_asks_nobody_twice(site: Site) -> None:
    """Others wrote the question after we had looked who waits for one, and before we had them locked."""
    one = subscribe(site, program(site, quiet_hours=False), status="pending")
    asking.ask(site)
    with site.database.begin() as session:
        assert next_keys(session, [one]) == {}
        session.execute(update(Note).values(state="skipped", reason=notes.OF_NO_USE))
        (first,) = session.scalars(select(Note.key))
        assert next_keys(session, [one]) == {one.id: f"{first}:2"}


def test_a_copy_asks_those_who_signed_up_since_and_the_others_when_that_is_long_ago(
    site: Site, stopped: clock.Stopped
) -> None:
    daily = program(site, quiet_hours=False)
    subscribe(site, daily, ANN, "pending")  # at noon
    stopped.move(hours=make.NOON.hour - NIGHT.hour)
    asking.ask(site)
    with site.database.begin() as session:
        hold_back(session, "restored", clock.now())
    stopped.move(hours=1)
    with site.database.begin() as session:
        consent = Consent(kind="opt_in", source="form", by="test", at=clock.now())
        join(session, site, session.merge(daily), BEN, consent, clock.now(), status="pending")
    asking.ask(site)
    assert [note.phone for note in questions(site)] == [ANN], "the other installation may ask"
    stopped.move(hours=2)
    lift(site, "all")
    stopped.move(minutes=1)
    asking.ask(site)
    assert [note.phone for note in questions(site)] == [ANN, BEN]
    assert claimed(site) == [BEN]
    stopped.move(days=3, hours=1)
    asking.ask(site)
    assert claimed(site) == [ANN], "whoever is pending still"


def _people(*zones: str, places: Any = ("US",)) -> People:
    return People(zones, Window(720, 780), places)


@pytest.mark.parametrize(
    ("at", "people", "until"),
    [
        ("2026-11-20T12:59:00Z", _people("America/New_York"), None),
        ("2026-11-20T13:00:00Z", _people("America/New_York"), "2026-11-21T02:00:00Z"),
        ("2026-11-21T01:59:30Z", _people("America/New_York"), None),
        ("2026-11-20T13:00:00Z", _people("America/New_York", "America/Los_Angeles"), None),
        ("2026-11-20T13:00:00Z", _people(), None),
        ("2026-11-20T16:00:00Z", _people(), "2026-11-21T02:00:00Z"),
        ("2026-11-20T22:00:00Z", _people("Asia/Tokyo", places=("JP",)), None),
        ("2026-11-20T23:00:00Z", _people("Asia/Tokyo", places=("JP",)), "2026-11-21T12:00:00Z"),
        ("2026-11-20T04:00:00Z", _people("America/New_York", places=None), "2026-11-21T04:00:00Z"),
    ],
)
def test_the_hours_of_the_place_and_not_the_window_of_the_program(at: str, people: People, until: str | None) -> None:
    expected = None if until is None else datetime.fromisoformat(until)
    assert open_until(people, datetime.fromisoformat(at)) == expected
