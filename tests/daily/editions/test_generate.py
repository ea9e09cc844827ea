"""Texts for the days ahead, over real HTTP against a fake service with every fault: each day ends with a good text."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from giftpulse.daily.editions import library, store
from giftpulse.daily.editions.check import TextRules, check
from giftpulse.daily.editions.generate import generate
from giftpulse.daily.editions.likeness import Said
from giftpulse.daily.editions.make import Generated
from giftpulse.daily.editions.openai_writer import OpenAiWriter
from giftpulse.daily.programs.models import Hold
from giftpulse.demo.fake_faults import FAULTS, Orders
from giftpulse.demo.fake_openai import KEY, RunningFakeOpenAi
from giftpulse.ground import clock, lock, settings
from giftpulse.ground.errors import NotFoundError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.editions import made
from tests.make import NOON

TODAY = NOON.date()
FOUR = [TODAY + timedelta(days=n) for n in range(4)]
OUTAGES = {"down", "slow", "reset", "limited", "bad_key"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningFakeOpenAi]:
    with RunningFakeOpenAi() as fake:
        yield fake


@pytest.fixture
def fake(running: RunningFakeOpenAi) -> RunningFakeOpenAi:
    running.orders = Orders(slow_seconds=30)
    running.asked.clear()
    return running


def written_at(site: Site, fake: RunningFakeOpenAi, now: datetime | None = None, **changes: Any) -> Generated:
    """One run with the service that listens there; only with a slow one we lose our patience after a second."""
    known = settings.load(_env_file=None, openai_api_key=KEY, openai_base_url=fake.url)
    writer = OpenAiWriter(known, deadline=1.0 if fake.orders.always == "slow" else 20.0, retries=0)
    return generate(site, now or clock.now(), writer=writer, **changes)


def all_good(site: Site, language: str = "en") -> None:
    """No text is empty, or faulty, or said twice."""
    said = Said()
    for edition in made.editions(site):
        assert check(edition.text, TextRules(language=language), said).reasons == ()
        said.add(edition.text)


def test_today_and_three_days_ahead_are_written(site: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.program(site)
    done = written_at(site, fake)
    assert (done.written, done.fallbacks, done.left, done.dropped, done.more) == (4, 0, 0, 0, False)
    found = made.editions(site)
    assert [edition.local_date for edition in found] == FOUR
    assert {(e.source, e.state, e.theme, e.language, e.segments) for e in found} == {("ai", "approved", "", "en", 1)}
    all_good(site)
    assert written_at(site, fake).written == 0, "what is there is not made twice"
    assert len(fake.asked) == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_after_any_fault_each_day_has_a_good_text(
    lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped, fault: str
) -> None:
    """The service fails throughout; an hour later it is well again."""
    made.program(lite)
    fake.orders.always = fault
    first = written_at(lite, fake)
    is_outage = fault in OUTAGES
    if fault == "repeat":  # its first text is not a repetition yet, and goes out
        assert (first.written, first.fallbacks) == (1, 3)
    elif is_outage:  # today's is needed soon, the others can wait
        assert (first.written, first.fallbacks, first.left) == (0, 1, 3)
        assert len(fake.asked) == 1, "one failure is enough to know"
    else:
        assert (first.written, first.fallbacks, first.left) == (0, 4, 0)
    fake.orders.always = None
    written_at(lite, fake, time.move(hours=1))
    assert [edition.local_date for edition in made.editions(lite)] == FOUR
    all_good(lite)
    outcomes = [attempt.outcome for attempt in made.attempts(lite)]
    assert all(attempt.reason for attempt in made.attempts(lite) if attempt.outcome != "written")
    assert ("written" in outcomes) == (is_outage or fault == "repeat")


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - OUTAGES - {"repeat"}))
def test_one_faulty_text_is_asked_for_again_with_the_reason(
    lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped, fault: str
) -> None:
    made.program(lite)
    fake.orders.faults.append(fault)
    done = written_at(lite, fake, ahead_days=0)
    assert (done.written, done.fallbacks) == (1, 0)
    assert len(fake.asked) == 2
    failed, good = made.attempts(lite)
    assert (good.outcome, good.text) == ("written", made.editions(lite)[0].text)
    assert failed.outcome != "written"
    assert failed.reason in fake.asked[-1]["messages"][1]["content"]


def test_a_text_is_asked_for_three_times_at_most(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.program(lite)
    fake.orders.always = "link"
    done = written_at(lite, fake, ahead_days=0)
    assert (done.fallbacks, len(fake.asked)) == (1, 3)
    (edition,) = made.editions(lite)
    assert edition.source == "fallback"
    assert edition.reason.startswith("3 tries failed, the last because it contains a link")
    assert edition.library_key in {item.key for item in library.texts("en")}


def test_a_repeated_text_never_goes_out_twice(site: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.program(site)
    written_at(site, fake, ahead_days=0)
    fake.orders.always = "repeat"
    done = written_at(site, fake)
    assert (done.written, done.fallbacks) == (0, 3)
    all_good(site)
    assert 'it was said before: "' in made.attempts(site)[-1].reason


def test_a_short_outage_burns_no_texts_of_the_library(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    """At seven in the evening in New York, the next window is 17 hours away."""
    made.subscriber(lite, made.program(lite), 1)
    time.move(hours=12)
    fake.orders.always = "down"
    assert (written_at(lite, fake).left, len(fake.asked)) == (3, 1)
    time.move(seconds=30)
    assert "not asked again before" in written_at(lite, fake).notes[0]
    assert len(fake.asked) == 1, "it is left alone for a minute"
    fake.orders.always = None
    time.move(seconds=31)
    done = written_at(lite, fake)
    assert (done.written, done.fallbacks) == (3, 0)
    assert {edition.source for edition in made.editions(lite)} == {"ai"}


def test_a_long_outage_leaves_nobody_without_a_text(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.subscriber(lite, made.program(lite), 1)
    fake.orders.always = "down"
    for _ in range(12 * 3):
        written_at(lite, fake, ahead_days=3)
        on = clock.now()
        ready = {edition.local_date for edition in made.editions(lite)}
        for day in FOUR:  # noon in New York is 17:00 UTC
            if on + timedelta(hours=2) > make.NOON.replace(day=day.day, hour=17):
                assert day in ready, f"{on}: nothing for {day}"
        time.move(hours=2)
    assert len(fake.asked) <= 12 * 3
    all_good(lite)


def test_without_a_key_the_library_speaks(lite: Site, time: clock.Stopped) -> None:
    made.program(lite)
    done = generate(lite, clock.now())
    assert (done.written, done.fallbacks) == (0, 4)
    assert {edition.reason for edition in made.editions(lite)} == {"no OPENAI_API_KEY is set"}
    assert made.attempts(lite) == []
    all_good(lite)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"openai_daily_token_limit": 600}, "the 600 tokens of the day are used up"),
        ({"openai_daily_cost_limit_usd": 0.0003}, "the 0.0003 US dollars of the day are used up"),
    ],
)
def test_over_a_limit_the_library_speaks_until_tomorrow(
    sqlite_url: str, fake: RunningFakeOpenAi, time: clock.Stopped, limits: dict[str, Any], reason: str
) -> None:
    with closing(make.site(sqlite_url, migrated=True, openai_api_key=KEY, openai_base_url=fake.url, **limits)) as site:
        made.program(site)
        done = generate(site, clock.now())
        assert done.written < 4
        assert done.written + done.fallbacks == 4
        assert made.editions(site)[-1].reason == reason
        assert done.written == len(fake.asked)
        time.move(days=1)
        assert generate(site, clock.now()).written == 1


def test_requests_of_a_minute_are_spread_not_replaced(
    sqlite_url: str, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    limited = {"openai_api_key": KEY, "openai_base_url": fake.url, "openai_requests_per_minute": 2}
    with closing(make.site(sqlite_url, migrated=True, **limited)) as site:
        made.program(site)
        assert (generate(site, clock.now()).written, len(fake.asked)) == (2, 2)
        time.move(seconds=61)
        done = generate(site, clock.now())
        assert (done.written, done.fallbacks, done.left) == (2, 0, 0)


def test_costs_are_written_down(site: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    program = made.program(site)
    written_at(site, fake, ahead_days=0)
    (attempt,) = made.attempts(site)
    assert (attempt.model, attempt.outcome, attempt.at) == ("gpt-4.1-mini", "written", NOON)
    assert attempt.prompt_tokens > 100
    assert attempt.cost_micros == -(-(attempt.prompt_tokens * 2 + attempt.completion_tokens * 8) // 5)
    assert attempt.milliseconds > 0
    with site.database.read() as session:
        (day,) = store.costs(session, TODAY, program.id)
    assert (day.day, day.model, day.requests, day.written) == (TODAY, "gpt-4.1-mini", 1, 1)
    assert day.cost_micros == attempt.cost_micros


def test_languages_and_themes_of_people_have_texts_of_their_own(
    site: Site, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    program = made.program(site, themes=["gratitude", "rest"])
    made.subscriber(site, program, 1)
    made.subscriber(site, program, 2, language="es-MX")
    made.subscriber(site, program, 3, language="en-GB", theme="Rest")
    made.subscriber(site, program, 4, language="fr", status="opted_out")
    done = written_at(site, fake, ahead_days=1)
    found = {(e.local_date, e.language, e.theme) for e in made.editions(site)}
    first, second = FOUR[:2]
    of_rest = first if first.toordinal() % 2 else second  # "rest" is the theme of that day anyway
    other = second if of_rest == first else first
    assert found == {(day, language, "") for day in FOUR[:2] for language in ("en", "es")} | {(other, "en", "rest")}
    assert done.written == 5
    asked = [request["messages"][1]["content"] for request in fake.asked]
    assert sum("about rest" in text for text in asked) == 3


def test_a_foreign_language_without_library_is_left_to_the_programs_own(
    lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    program = made.program(lite)
    made.subscriber(lite, program, 1, language="de")
    fake.orders.always = "link"
    done = written_at(lite, fake, ahead_days=0)
    assert (done.fallbacks, done.left) == (1, 1)
    assert [edition.language for edition in made.editions(lite)] == ["en"]


def test_only_days_on_which_something_is_sent(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    """The 20th of November 2026 is a Friday."""
    made.program(lite, weekdays=0b0011111, holidays=["2026-11-23"])
    written_at(lite, fake, ahead_days=4)
    assert [edition.local_date for edition in made.editions(lite)] == [TODAY, date(2026, 11, 24)]


def test_a_day_that_is_over_everywhere_needs_no_text(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.subscriber(lite, made.program(lite), 1, zones="Asia/Tokyo")  # it is nine in the evening there
    written_at(lite, fake, ahead_days=1)
    assert [edition.local_date for edition in made.editions(lite)] == [TODAY + timedelta(days=1)]


def test_paused_and_deleted_programs_cost_nothing(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    paused = made.program(lite)
    made.program(lite, slug="gone", deleted_at=NOON)
    with lite.database.begin() as session:
        session.add(Hold(scope=f"program:{paused.id}", cause="operator", reason="", since=NOON))
    assert written_at(lite, fake).written == 0
    with pytest.raises(NotFoundError):
        written_at(lite, fake, program_id=999)


def test_the_prompt_says_whose_text_it_is_and_what_was_said_lately(
    lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped
) -> None:
    made.program(lite, banned_words=["synergy"], footer="Reply STOP to end.", footer_every=7)
    written_at(lite, fake, ahead_days=1)
    system, user = (message["content"] for message in fake.asked[-1]["messages"])
    for wanted in ("Daily Positivity", "Be warm.", "synergy", "At most 131 characters", "Language: English (en)"):
        assert wanted in system
    assert made.editions(lite)[0].text in user


def test_somebody_elses_turn_is_respected(site: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.program(site)
    with site.database.begin() as session:
        lock.acquire(session, "editions", "somebody else", NOON, timedelta(minutes=5))
    done = written_at(site, fake)
    assert (done.written, done.more, done.notes) == (0, False, ["somebody else is writing at this moment"])
    time.move(minutes=6)
    assert written_at(site, fake).written == 4


def test_two_processes_at_once_make_one_edition_of_a_slot(
    site: Site, fake: RunningFakeOpenAi, time: clock.Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the lease does not keep them apart."""
    made.program(site)
    monkeypatch.setattr(lock, "acquire", lambda *_: 1)
    done: list[Generated] = []
    runs = [threading.Thread(target=lambda: done.append(written_at(site, fake))) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sum(each.written for each in done) == 4
    assert [edition.local_date for edition in made.editions(site)] == FOUR
    all_good(site)
    assert sum(each.dropped for each in done) == len(fake.asked) - 4


def test_a_text_that_somebody_else_said_meanwhile_is_not_said_again(
    lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process puts the very same text in place for another day, while ours is being written."""
    program = made.program(lite)
    real = OpenAiWriter.write

    def meanwhile(self: OpenAiWriter, request: Any) -> Any:
        written = real(self, request)
        if len(fake.asked) == 1:
            with lite.database.begin() as session:
                session.add(made.edition(program.id, written.text, local_date=FOUR[3]))
        return written

    monkeypatch.setattr(OpenAiWriter, "write", meanwhile)
    assert written_at(lite, fake, ahead_days=0).written == 1
    assert [attempt.outcome for attempt in made.attempts(lite)] == ["rejected", "written"]
    all_good(lite)


def test_time_ends_a_run_and_the_next_one_goes_on(lite: Site, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    made.program(lite)
    done = written_at(lite, fake, patience=0)
    assert (done.written, done.more) == (1, True)
    assert made.editions(lite)[0].local_date == TODAY, "what is needed first is made first"
    assert written_at(lite, fake).written == 3
