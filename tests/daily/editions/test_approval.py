"""A person has the say over each text, until it is too late; then the library steps in."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from giftpulse.daily.editions import approval
from giftpulse.daily.editions.generate import generate
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.editions.openai_writer import OpenAiWriter
from giftpulse.daily.editions.writer import Writer
from giftpulse.daily.programs.models import Program
from giftpulse.demo.fake_openai import KEY, RunningFakeOpenAi
from giftpulse.ground import clock, settings
from giftpulse.ground.errors import ConflictError, NotFoundError
from giftpulse.ground.site import Site
from tests.daily.editions import made
from tests.make import NOON

OPENS = NOON + timedelta(hours=5)  # twelve in New York
APPROVE_BY = OPENS - timedelta(hours=2)


@pytest.fixture(scope="module")
def fake() -> Iterator[RunningFakeOpenAi]:
    with RunningFakeOpenAi() as running:
        yield running


@pytest.fixture
def writer(fake: RunningFakeOpenAi) -> Writer:
    return OpenAiWriter(settings.load(_env_file=None, openai_api_key=KEY, openai_base_url=fake.url))


def waiting(site: Site, writer: Writer) -> tuple[Program, Edition]:
    """A program in New York whose texts want a person, and today's text, which waits for one."""
    program = made.program(site, approval="required")
    made.subscriber(site, program, 1)
    assert generate(site, clock.now(), ahead_days=0, writer=writer).written == 1
    return program, made.editions(site)[0]


def overdue(site: Site, now: datetime) -> list[Edition]:
    with site.database.begin() as session:
        return approval.overdue(session, now)


def test_a_written_text_waits_until_two_hours_before_the_first_window(
    site: Site, writer: Writer, time: clock.Stopped
) -> None:
    _, edition = waiting(site, writer)
    assert (edition.state, edition.approve_by) == ("waiting", APPROVE_BY)
    assert overdue(site, APPROVE_BY - timedelta(seconds=1)) == []


def test_nobody_said_anything_and_the_library_steps_in(site: Site, writer: Writer, time: clock.Stopped) -> None:
    _, edition = waiting(site, writer)
    (instead,) = overdue(site, APPROVE_BY)
    assert (instead.state, instead.source, instead.local_date) == ("approved", "fallback", NOON.date())
    rejected, live = made.editions(site, live=False)
    assert (rejected.id, rejected.state, rejected.decided_by) == (edition.id, "rejected", None)
    assert rejected.reason == "nobody approved the text that was written by 2026-11-20 15:00 UTC"
    assert live.id == instead.id
    assert overdue(site, APPROVE_BY) == []


def test_an_approved_text_stays(lite: Site, writer: Writer, time: clock.Stopped) -> None:
    _, edition = waiting(lite, writer)
    with lite.database.begin() as session:
        for _ in range(2):
            assert approval.approve(session, edition.id, "ops", NOON).state == "approved"
    assert overdue(lite, OPENS) == []
    assert made.editions(lite)[0].decided_by == "ops"


def test_a_rejected_text_is_written_anew_and_the_reason_is_told(
    lite: Site, writer: Writer, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    _, edition = waiting(lite, writer)
    heard: list[str] = []
    lite.bulletin.listen(approval.WANTED, lambda: heard.append("wanted"))
    with lite.database.begin() as session:
        approval.reject(session, edition.id, "far too solemn", "ops", NOON)
        approval.reject(session, edition.id, "another reason", "somebody", NOON)
    assert heard == ["wanted"]
    assert made.editions(lite, live=False)[0].reason == "far too solemn"
    generate(lite, clock.now(), ahead_days=0, writer=writer)
    assert f'Your text "{edition.text}" was rejected: far too solemn.' in fake.asked[-1]["messages"][1]["content"]
    (another,) = made.editions(lite)
    assert (another.state, another.text != edition.text) == ("waiting", True)
    with lite.database.begin() as session, pytest.raises(ConflictError, match="far too solemn"):
        approval.approve(session, edition.id, "ops", NOON)


def test_when_it_is_too_late_for_a_person_nothing_is_asked_for(
    lite: Site, writer: Writer, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    made.subscriber(lite, made.program(lite, approval="required"), 1)
    time.move(hours=3)
    asked = len(fake.asked)
    done = generate(lite, clock.now(), ahead_days=0, writer=writer)
    assert (done.fallbacks, len(fake.asked)) == (1, asked)
    assert made.editions(lite)[0].reason == "it is too late for a person to approve a text"


def test_a_day_that_is_over_or_a_program_that_is_gone_needs_no_replacement(
    lite: Site, writer: Writer, time: clock.Stopped
) -> None:
    program, _ = waiting(lite, writer)
    assert overdue(lite, NOON + timedelta(days=2)) == []
    generate(lite, clock.now(), ahead_days=0, writer=writer)
    with lite.database.begin() as session:
        session.get_one(Program, program.id).deleted_at = NOON
    assert overdue(lite, APPROVE_BY) == []
    assert made.editions(lite) == []


def test_there_must_be_something_to_approve(lite: Site) -> None:
    with lite.database.begin() as session, pytest.raises(NotFoundError):
        approval.approve(session, 1, "ops", NOON)
    with lite.database.begin() as session, pytest.raises(NotFoundError):
        approval.reject(session, 1, "no", "ops", NOON)
