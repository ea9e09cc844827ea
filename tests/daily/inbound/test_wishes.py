"""A rest, another time, another place, another name, and help."""

from datetime import timedelta

import pytest

from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.wishes import window_for
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.leave import of_number
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, OTHER, SERVICE, person, program, rows, say, subscribe


def test_a_pause_lasts_as_long_as_they_say(site: Site) -> None:
    subscribe(site, program(site))
    done = say(site, "PAUSE 3 days")
    assert person(site).paused_until == make.NOON + timedelta(days=3)
    assert "no texts until Nov 23." in (done.reply or "")
    done = say(site, "resume")
    assert person(site).paused_until is None
    assert "welcome back" in (done.reply or "")


def test_the_day_of_a_pause_is_that_of_the_person(lite: Site) -> None:
    subscribe(lite, program(lite), phone="+819012345678")
    evening = make.NOON.replace(hour=20)
    assert "until Nov 24." in (say(lite, "pause 3", "+819012345678", at=evening).reply or "")


def test_a_time_makes_a_window_of_their_own(site: Site) -> None:
    daily = program(site)
    subscribe(site, daily)
    done = say(site, "9am")
    one = person(site)
    assert (one.window_start, one.window_end, one.moved) == (540, 600, True)
    assert done.reply == wording.time_set(daily, "en", 540)
    say(site, "between 2pm and 4:30pm")
    assert (person(site).window_start, person(site).window_end) == (840, 990)


def test_a_time_at_which_quiet_hours_leave_nothing_is_refused(site: Site) -> None:
    daily = program(site)
    subscribe(site, daily)
    for body, asked in (("11pm", 1380), ("5am", 300), ("10pm-11pm", (1320, 1380))):
        done = say(site, body)
        assert done.reply == wording.time_refused(daily, "en", asked)
        assert "quiet hours leave nothing" in done.reason
    assert person(site).window_start is None


def test_a_program_without_quiet_hours_takes_any_time(lite: Site) -> None:
    subscribe(lite, program(lite, quiet_hours=False))
    say(lite, "11pm")
    assert (person(lite).window_start, person(lite).window_end) == (1380, 1440)


@pytest.mark.parametrize(
    ("asked", "start", "end"), [(0, 0, 60), (540, 540, 600), (1439, 1380, 1440), ((600, 630), 600, 630)]
)
def test_every_time_of_day_has_a_window(asked: int | tuple[int, int], start: int, end: int) -> None:
    assert window_for(asked) == Window(start, end)


@pytest.mark.parametrize(("body", "zone"), [("TZ 94110", "America/Los_Angeles"), ("tz London", "Europe/London")])
def test_a_place_moves_them(lite: Site, body: str, zone: str) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    done = say(lite, body)
    assert (person(lite).timezone, person(lite).timezone_source) == (zone, "stated")
    assert done.reply == wording.zone_set(daily, "en", body[3:])


@pytest.mark.parametrize("body", ["TZ Atlantis", "TZ CT", "TZ 00000"])
def test_a_place_that_is_none_or_several_is_answered_with_examples(lite: Site, body: str) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    assert say(lite, body).reply == wording.zone_unknown(daily, "en")
    assert person(lite).timezone == "America/Denver"


def test_a_name_is_noted(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    assert say(lite, "my name is Anna").reply == wording.name_set(daily, "en", "Anna")
    assert person(lite).first_name == "Anna"
    assert "Jose" in (say(lite, "me llamo José Ibáñez").reply or "") or "José" in (rows(lite)[-1].reply or "")


def test_a_wish_counts_for_all_programs_of_the_sender(lite: Site) -> None:
    subscribe(lite, program(lite))
    subscribe(lite, program(lite, name="Evening", join_keyword="EVENING"))
    subscribe(lite, program(lite, name="Elsewhere", join_keyword="ELSE", sender=OTHER))
    say(lite, "my name is Anna")
    with lite.database.read() as session:
        names = [one.first_name for one in of_number(session, ANN)]
    assert names == ["Anna", "Anna", None]


@pytest.mark.parametrize("body", ["PAUSE", "resume", "9am", "TZ 94110", "name Anna"])
def test_wishes_of_people_who_get_nothing(lite: Site, body: str) -> None:
    daily = program(lite)
    assert say(lite, body).reply == wording.not_joined(daily, "en")
    subscribe(lite, daily, status="pending")
    assert say(lite, body).reply == wording.ask(daily, "en")
    say(lite, "please stop")
    done = say(lite, body)
    assert (done.reply, person(lite).first_name, person(lite).paused_until) == (None, None, None)
    assert "they have left" in done.reason


def test_help_names_whom_to_turn_to(site: Site) -> None:
    daily = program(site, help_contact="ann@example.org")
    subscribe(site, daily, language="fr")
    assert "ann@example.org" in (say(site, "aide svp").reply or "")
    assert say(site, "help please").reply == wording.help_text(daily, "fr")
    assert say(site, "HELP").reply is None
    assert say(site, "help please", opt_out_type="HELP", messaging_service_sid=SERVICE).reply is None


def test_where_there_is_no_program_nothing_is_said_and_a_person_may_read_it(lite: Site) -> None:
    for body in ("help please", "9am", "start please", "Hello"):
        assert say(lite, body).reply is None
    assert [row.handled_at for row in rows(lite)] == [None] * 4
