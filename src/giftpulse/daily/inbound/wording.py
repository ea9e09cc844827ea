"""All our replies, in the language of the person or of the program: English, Spanish, French, and English for others.

What a text must say: https://www.ctia.org/messaging-principles (who, how often, rates, HELP, STOP when somebody joins;
whom to turn to after HELP; that it is over after STOP). Every text of ours keeps to one segment of the GSM alphabet as
long as names and contacts do.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from giftpulse.daily.inbound.clock_times import Minutes
from giftpulse.daily.programs.models import Program

LANGUAGES = ("en", "es", "fr")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def welcome(program: Program, language: str) -> str:
    """To somebody who joined, confirmed or came back: the confirmation of an opt-in, before the first text."""
    return _reply("welcome", program, language)


def ask(program: Program, language: str) -> str:
    """The question to somebody who was signed up: was it you? (Double opt-in.)"""
    return _reply("ask", program, language)


def already(program: Program, language: str) -> str:
    """To somebody who joins once more."""
    return _reply("already", program, language)


def stopped(program: Program, language: str, comeback: str) -> str:
    """The one confirmation that it is over. ``comeback``: the word by which they can return."""
    return _reply("stopped", program, language, comeback=comeback)


def say_start(program: Program, language: str) -> str:
    """To somebody whom only the very word START can bring back, since Twilio itself blocks us until then."""
    return _reply("say_start", program, language)


def not_joined(program: Program, language: str) -> str:
    """To somebody who wants something of a program that they are not in."""
    if program.join_keyword is None:
        return _reply("not_joined_closed", program, language)
    return _reply("not_joined", program, language, keyword=program.join_keyword)


def help_text(program: Program, language: str) -> str:
    """The answer to HELP."""
    if not program.help_contact:
        return _reply("help_alone", program, language)
    return _reply("help", program, language, contact=program.help_contact)


def paused(program: Program, language: str, until: date) -> str:
    """The local date from which texts come again."""
    day = f"{_MONTHS[until.month - 1]} {until.day}" if spoken(language) == "en" else f"{until.day}/{until.month}"
    return _reply("paused", program, language, day=day)


def resumed(program: Program, language: str) -> str:
    """The pause is over."""
    return _reply("resumed", program, language)


def time_set(program: Program, language: str, asked: Minutes) -> str:
    """Another time of day."""
    return _reply("time_set", program, language, time=clock(asked, language))


def time_refused(program: Program, language: str, asked: Minutes) -> str:
    """A time of day at which quiet hours leave nothing."""
    return _reply("time_refused", program, language, time=clock(asked, language))


def zone_set(program: Program, language: str, place: str) -> str:
    """Another place; ``place`` as the person wrote it."""
    return _reply("zone_set", program, language, place=place)


def zone_unknown(program: Program, language: str) -> str:
    """A place that we do not know, or that may be several."""
    return _reply("zone_unknown", program, language)


def name_set(program: Program, language: str, first_name: str) -> str:
    """Another name to be called by."""
    return _reply("name_set", program, language, first_name=first_name)


def helpline(program: Program, language: str) -> str:
    """To somebody in danger: the program's own text, or ours."""
    return program.helpline or str(_texts(language)["helpline"])


def clock(asked: Minutes, language: str) -> str:
    """A time of day, or a stretch of it, as people write it: ``9:30am``, ``14:00-16:00``, ``9h30``."""
    if isinstance(asked, tuple):
        return "-".join(clock(minute, language) for minute in asked)
    hour, minute = divmod(asked % (24 * 60), 60)
    spoken_in = spoken(language)
    if spoken_in == "en":
        return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}"
    return f"{hour}:{minute:02}" if spoken_in == "es" else f"{hour}h{f'{minute:02}' if minute else ''}"


def often(program: Program, language: str) -> str:
    """How often a program sends."""
    words: Mapping[str, str] = _texts(language)["often"]
    count = program.weekdays.bit_count()
    return words["daily"] if count == 7 else words["once"] if count == 1 else words["weekly"].format(count=count)


def spoken(language: str) -> str:
    """The one of our languages that stands for another one."""
    short = language[:2].lower()
    return short if short in LANGUAGES else "en"


def _reply(key: str, program: Program, language: str, **more: str) -> str:
    text = str(_texts(language)[key])
    return text.format(name=_name(program), often=often(program, language), **more)


def _name(program: Program) -> str:
    """Who writes: the name, with the brand before it where that is another one."""
    if program.brand.casefold() in program.name.casefold():
        return program.name
    return f"{program.brand} {program.name}"


def _texts(language: str) -> Mapping[str, Any]:
    return _file(spoken(language))


@cache
def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("giftpulse.daily.inbound").joinpath("replies", f"{name}.toml").read_text("utf-8"))
