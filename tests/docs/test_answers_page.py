"""What the page on answers says is what is so."""

import json

from giftpulse.daily.inbound.alarm import DANGER_RULE
from giftpulse.daily.inbound.answer import LOOP_WINDOW, MOST_REPLIES
from giftpulse.daily.inbound.keywords import decide
from giftpulse.daily.inbound.listen import TOO_OLD
from giftpulse.daily.inbound.pauses import DEFAULT_DAYS, MOST_DAYS
from tests.docs.pages import HOUSE, blocks


def test_the_rule_for_danger_is_the_one_that_is_installed() -> None:
    (shown,) = [json.loads(block.text) for block in blocks("json") if block.where.startswith("docs/answers.md")]
    assert shown == dict(DANGER_RULE)


def test_what_is_said_to_be_understood_is() -> None:
    for body, kind in (
        ("please stop", "stop"), ("leave me alone", "stop"), ("no me escriban mas", "stop"), ("désabonner", "stop"),
        ("ayuda", "help"), ("aide", "help"), ("PAUSE 3 days", "pause"), ("RESUME", "resume"), ("9am", "time"),
        ("between 2pm and 4pm", "time"), ("TZ Denver", "zone"), ("TZ 94110", "zone"), ("NAME Anna", "name"),
        ("call me Anna", "name"),
    ):  # fmt: skip
        assert decide(body).kind == kind, body


def test_the_numbers_are_right() -> None:
    page = " ".join((HOUSE / "docs" / "answers.md").read_text().split())
    assert (MOST_DAYS, DEFAULT_DAYS) == (90, 7)
    assert (MOST_REPLIES, LOOP_WINDOW.total_seconds(), TOO_OLD.total_seconds()) == (10, 600, 86400)
    for wanted in ("up to 90 days", "a week", "More than ten answers to one number within ten minutes", "24 hours"):
        assert wanted in page
