"""Which texts a day needs, and whose text somebody gets."""

from datetime import date, timedelta
from typing import Any

import pytest

from giftpulse.daily.editions.slots import MOST, Slot, instead, needed, slot_of, theme_of_the_day
from giftpulse.daily.programs.models import Program

DAY = date(2026, 11, 20)


def program(**changes: Any) -> Program:
    return Program(**{"id": 1, "language": "en", "themes": '["Rest", "Hope", "Self respect"]', **changes})


def test_themes_take_turns_day_by_day() -> None:
    days = [theme_of_the_day(program(), DAY + timedelta(days=n)) for n in range(6)]
    assert days[:3] == days[3:]
    assert sorted(days[:3]) == ["Hope", "Rest", "Self respect"]
    assert theme_of_the_day(program(themes="[]"), DAY) == ""


@pytest.mark.parametrize(
    ("own", "wished", "language"),
    [
        ("en", None, "en"), ("en", "", "en"), ("en", "en-GB", "en"), ("en-US", "en", "en-US"), ("en", "es-MX", "es"),
        ("en", "ES", "es"), ("pt-BR", "pt_PT", "pt-BR"),
    ],
)  # fmt: skip
def test_regions_of_a_language_share_a_text(own: str, wished: str | None, language: str) -> None:
    assert slot_of(program(language=own), DAY, wished, None).language == language


def test_the_theme_of_the_day_and_unknown_ones_are_everybodys() -> None:
    today = theme_of_the_day(program(), DAY)
    other = next(theme for theme in ("Rest", "Hope") if theme != today)
    assert slot_of(program(), DAY, None, today.upper()).theme == ""
    assert slot_of(program(), DAY, None, other.lower()).theme == other
    assert slot_of(program(), DAY, None, "nobody offers this").theme == ""
    assert slot_of(program(themes="[]"), DAY, None, "my own").theme == "my own"


def test_what_is_needed_begins_with_everybody_and_has_an_end() -> None:
    wishes = [(None, None), ("es", None), ("es-MX", ""), ("en", "my own")]
    assert needed(program(themes="[]"), DAY, wishes) == [
        Slot(DAY, "en"), Slot(DAY, "es"), Slot(DAY, "en", "my own")
    ]  # fmt: skip
    assert len(needed(program(themes="[]"), DAY, ((None, f"theme {n}") for n in range(500)))) == MOST


def test_what_stands_in_is_nearer_in_language_than_in_theme() -> None:
    assert list(instead(program(), Slot(DAY, "es", "Hope"))) == [
        Slot(DAY, "es", "Hope"), Slot(DAY, "es"), Slot(DAY, "en", "Hope"), Slot(DAY, "en")
    ]  # fmt: skip
