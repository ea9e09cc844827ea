"""Our replies: one segment of the GSM alphabet each, with everything in them that carriers want."""

import tomllib
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from giftpulse.daily.inbound import wording
from giftpulse.daily.programs.models import Program
from giftpulse.twilio.segments import count

FILES = files("giftpulse.daily.inbound").joinpath("replies")


def program(**changes: Any) -> Program:
    given = {"name": "Daily Positivity", "brand": "Daily Positivity", "weekdays": 0b1111111, "helpline": ""}
    return Program(**{**given, "join_keyword": "POSITIVITY", "help_contact": "help@example.org", **changes})


SAYINGS: dict[str, Callable[[Program, str], str]] = {
    "welcome": wording.welcome,
    "ask": wording.ask,
    "already": wording.already,
    "stopped": lambda p, lang: wording.stopped(p, lang, "POSITIVITY"),
    "say_start": wording.say_start,
    "not_joined": wording.not_joined,
    "not_joined_closed": lambda p, lang: wording.not_joined(program(join_keyword=None, weekdays=p.weekdays), lang),
    "help": wording.help_text,
    "help_alone": lambda p, lang: wording.help_text(program(help_contact="", weekdays=p.weekdays), lang),
    "paused": lambda p, lang: wording.paused(p, lang, date(2026, 11, 27)),
    "resumed": wording.resumed,
    "time_set": lambda p, lang: wording.time_set(p, lang, (570, 690)),
    "time_refused": lambda p, lang: wording.time_refused(p, lang, (1290, 1410)),
    "zone_set": lambda p, lang: wording.zone_set(p, lang, "America/Los_Angeles"),
    "zone_unknown": wording.zone_unknown,
    "name_set": lambda p, lang: wording.name_set(p, lang, "Maximiliane Charlotte"[:20]),
    "helpline": wording.helpline,
}


def test_all_languages_say_the_same_things() -> None:
    for name in wording.LANGUAGES:
        texts = tomllib.loads(FILES.joinpath(f"{name}.toml").read_text("utf-8"))
        assert set(texts) == {*SAYINGS, "often"}
        for key, text in texts.items():
            if key != "often":
                english = tomllib.loads(FILES.joinpath("en.toml").read_text("utf-8"))[key]
                assert names_in(text) == names_in(english), f"{name}: {key}"


def names_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("key", SAYINGS)
@pytest.mark.parametrize("weekdays", [0b1111111, 0b0011111, 0b0000001])
def test_every_reply_is_one_segment_in_plain_letters(key: str, language: str, weekdays: int) -> None:
    text = SAYINGS[key](program(weekdays=weekdays), language)
    counted = count(text)
    assert (counted.encoding, counted.segments) == ("GSM-7", 1), text
    assert "{" not in text


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_an_opt_in_is_told_everything_that_carriers_want(language: str) -> None:
    rates = {"en": "Msg & data rates may apply", "es": "tarifas de SMS y datos", "fr": "frais de SMS et de données"}
    for text in (wording.welcome(program(), language), wording.ask(program(), language)):
        for wanted in ("Daily Positivity", wording.often(program(), language), rates[language], "HELP", "STOP"):
            assert wanted in text
    help_text = wording.help_text(program(), language)
    assert "help@example.org" in help_text
    assert "STOP" in help_text


def test_the_brand_stands_before_a_name_that_does_not_have_it() -> None:
    assert wording.welcome(program(brand="Acme"), "en").startswith("Acme Daily Positivity: ")
    assert wording.welcome(program(brand="daily"), "en").startswith("Daily Positivity: ")


@pytest.mark.parametrize(
    ("minutes", "en", "es", "fr"),
    [
        (0, "12am", "0:00", "0h"),
        (540, "9am", "9:00", "9h"),
        (750, "12:30pm", "12:30", "12h30"),
        ((840, 965), "2pm-4:05pm", "14:00-16:05", "14h-16h05"),
        (1440, "12am", "0:00", "0h"),
    ],
)
def test_times_are_written_as_people_write_them(minutes: Any, en: str, es: str, fr: str) -> None:
    assert [wording.clock(minutes, language) for language in ("en", "es", "fr")] == [en, es, fr]


def test_a_day_is_written_as_people_write_it() -> None:
    day = date(2026, 3, 9)
    said = [wording.paused(program(), language, day) for language in ("en", "es", "fr")]
    assert "until Mar 9." in said[0]
    assert "el 9/3." in said[1]
    assert "au 9/3." in said[2]


def test_other_languages_get_english_and_dialects_their_own() -> None:
    assert wording.resumed(program(), "de") == wording.resumed(program(), "en")
    assert wording.resumed(program(), "fr-CA") == wording.resumed(program(), "FR") != wording.resumed(program(), "en")


def test_a_program_has_its_own_helpline() -> None:
    assert wording.helpline(program(helpline="Call Ann."), "es") == "Call Ann."
