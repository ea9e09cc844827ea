"""docs/consent.md quotes what people are really told."""

import tomllib
from importlib.resources import files

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.signup_page import wording
from tests.docs.pages import HOUSE, table

NAME = "docs/consent.md"
PAGE = (HOUSE / NAME).read_text()


def test_the_words_of_the_sign_up_page_are_quoted() -> None:
    quoted = PAGE.partition("<!-- wording -->\n\n")[2].partition("\n\n")[0]
    said = " ".join(line.removeprefix("> ") for line in quoted.splitlines())
    assert said == wording(Program(name="Daily Positivity", brand="Daily Positivity"))


def test_our_texts_are_quoted() -> None:
    replies = tomllib.loads(files("giftpulse.daily.inbound").joinpath("replies/en.toml").read_text("utf-8"))
    quoted = [text for _, text in table(NAME, "replies")]
    assert quoted == [replies[key] for key in ("welcome", "ask", "help", "stopped")]
