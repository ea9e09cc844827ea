"""Who is asked whether it was they, and when: never at night, never without a sender, never too many at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from giftpulse.daily.inbound import asking
from giftpulse.daily.inbound.asking_hours import open_until
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.schedule.day_plan import People
from giftpulse.daily.schedule.windows import Window
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, BEN, LONG_CODE, program, subscribe

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
