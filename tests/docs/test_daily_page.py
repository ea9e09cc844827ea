"""What the page on the daily program says is what is so."""

import re
from typing import Any

from giftpulse.daily.delivery import health
from giftpulse.daily.editions import api as editions
from giftpulse.daily.editions import circuit, make
from giftpulse.daily.editions.library import texts
from giftpulse.daily.inbound import api as inbox
from giftpulse.daily.inbound.keywords import decide
from giftpulse.daily.insight import api as insight
from giftpulse.daily.outbox import api as messages
from giftpulse.daily.outbox import claim, consequences, days, freshness, plan, record, settle
from giftpulse.daily.outbox.gate import TOO_LATE
from giftpulse.daily.outbox.schemas import State
from giftpulse.daily.programs import api as programs
from giftpulse.daily.schedule import day_plan, turns
from giftpulse.daily.schedule.quiet_hours import DEFAULT
from giftpulse.daily.subscribers import api as subscribers
from giftpulse.daily.subscribers import csv_reading, places, signup_limits
from tests.docs.pages import HOUSE, table

NAME = "docs/daily.md"
PAGE = " ".join((HOUSE / NAME).read_text().split())


def told(code: int) -> str:
    """What follows from a code, in the words of the page."""
    what = consequences.of(code)
    again = f" after {what.after} in a row" if what.after > 1 else ""
    lasts = f"for {what.pause.seconds // 60} minutes" if what.pause else "until lifted"
    if what.until_pacific_midnight:
        lasts = "until midnight in Los Angeles"
    return {
        "opt_out": "the person is opted out at once",
        "suppress": f"the number gets no more{again}",
        "hold_all": f"everything is held {lasts}",
        "hold_sender": f"the sender is held {lasts}",
        "again": "it is tried again, within its window",
        "skip": "nothing more",
    }[what.kind]


def test_the_table_of_error_codes_is_complete_and_true() -> None:
    *rows, others = table(NAME, "consequences")
    assert others == ["all others", "nothing more", "is lost"]
    shown = {int(code): (follows, text) for codes, follows, text in rows for code in codes.split(", ")}
    known = [code for code in range(10_000, 100_000) if consequences.of(code).kind != "skip"]
    again = [code for code in known if consequences.of(code).kind == "again"]
    waits = consequences.NOT_TAKEN.union(again)
    assert shown == {code: (told(code), "waits" if code in waits else "is lost") for code in known}


def test_every_state_is_told() -> None:
    section = PAGE.split("## The states of a delivery", 1)[1].split("## ", 1)[0]
    states = State.__args__  # type: ignore[attr-defined]  # a Literal has them
    assert [state for state in states if f"`{state}`" not in section] == []


def test_the_numbers_of_sending_are_right() -> None:
    assert (plan.AHEAD.total_seconds(), claim.LEASE.seconds, day_plan.MARGIN) == (30 * 3600, 90, 120)
    assert (TOO_LATE.seconds, turns.APART.seconds, record.FIRST_LOOK.seconds) == (60, 20 * 3600, 120)
    assert (settle.SURELY_ABSENT.seconds, settle._MOST_LOST) == (300, 3)
    assert freshness.FRESH < 1
    for wanted in (
        "30 hours ahead", "lease ends after 90 s", "The last 2 minutes are left free", "less than a minute left",
        "never less than 20 hours apart", "from 2 minutes after the request", "5 minutes after the request",
        "After 3 lost answers", "obeyed within a second",
    ):  # fmt: skip
        assert wanted in PAGE, wanted


def test_the_numbers_of_holds_are_right() -> None:
    assert (days._SMALLEST_DAY, days._SMALLEST_SLICE, health.FEW) == (100, 20, 20)
    assert (health.WORST_SLICE, health.WORST_SENDER, health._ENOUGH) == (0.25, 0.5, 0.8)
    assert {health.PATIENCE.seconds, health.LOOK_BACK.seconds, health.REST.seconds} == {600}
    for wanted in (
        "100 texts or more a day, the first 1 % (20 at least)", "a quarter of them failed, of 10 or more",
        "half of a sender's texts failed, of 20 or more within 10 minutes", "80 % of it are known, or after 10 minutes",
    ):  # fmt: skip
        assert wanted in PAGE, wanted


def test_the_numbers_of_writing_and_signing_up_are_right() -> None:
    assert (make.TRIES, circuit.FIRST_REST.seconds, circuit.LONGEST_REST.seconds) == (3, 60, 32 * 60)
    assert circuit.SOON.seconds == 12 * 3600
    assert len(texts("en")) > 400
    assert f"a library of {len(texts('en'))}" in " ".join((HOUSE / "README.md").read_text().split())
    assert (signup_limits.PER_ADDRESS, signup_limits.PER_PHONE, signup_limits.PER_PROGRAM) == (10, 3, 200)
    assert [str(hours) for hours in DEFAULT] == ["08:00-21:00"]
    for wanted in ("3 times in all", "up to 32", "within 12 hours", "over 400 texts", "sign up 10 numbers an hour"):
        assert wanted in PAGE, wanted


def test_the_sources_of_places_come_in_their_order() -> None:
    section = PAGE.split("### Where people are", 1)[1].split("### ", 1)[0]
    assert tuple(re.findall(r"\| `(\w+)` \|", section)) == places.Source.__args__  # type: ignore[attr-defined]


def test_every_column_of_a_file_is_told() -> None:
    section = PAGE.split("## CSV files", 1)[1].split("## ", 1)[0]
    assert [column for column in csv_reading.COLUMNS if f"`{column}`" not in section] == []


def test_what_is_said_to_be_understood_is() -> None:
    section = PAGE.split("| they write | understood as |", 1)[1].split("The whole of it", 1)[0]
    stops, loved = (re.findall(r'"([^"]+)"', part) for part in section.split("| opt-out |", 1))
    assert stops
    assert [text for text in stops if decide(text).kind != "stop"] == []
    assert decide(loved[0]).kind == "other"
    assert [decide(text).kind for text in loved[1:]] == ["start", "start", "pause", "time", "zone", "name"]


def test_every_request_of_the_daily_half_is_listed() -> None:
    features: tuple[Any, ...] = (programs, subscribers, editions, messages, inbox, insight)
    known = {
        f"{method} {route.path}" for feature in features for route in feature.router.routes for method in route.methods
    }
    assert {request for request in known if f"`{request}`" not in PAGE} == set()
