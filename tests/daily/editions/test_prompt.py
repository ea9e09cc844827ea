"""What the writing service is told."""

from datetime import date
from typing import Any

import pytest

from giftpulse.daily.editions.check import TextRules
from giftpulse.daily.editions.prompt import Brief, Rejection, request_for


def asked(**changes: Any) -> tuple[str, str]:
    values = {
        "brand": "Daily", "prompt": "Be warm.", "theme": "rest", "local_date": date(2026, 11, 25), "rules": TextRules(),
    }  # fmt: skip
    request = request_for(Brief(**{**values, **changes}))
    return request.instructions, request.task


def test_the_day_is_told_without_its_number() -> None:
    _, task = asked()
    assert task.startswith("Write the text about rest for a Wednesday in late November (autumn in the north).")
    assert "25" not in task


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2026, 12, 31), "late December (winter"), (date(2026, 1, 1), "early January (winter"),
        (date(2026, 3, 15), "mid-March (spring"), (date(2026, 6, 30), "late June (summer"),
    ],
)  # fmt: skip
def test_seasons(day: date, season: str) -> None:
    assert season in asked(local_date=day)[1]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (TextRules(), "At most 150 characters, all of the GSM-7 alphabet"),
        (TextRules(max_segments=2), "At most 296 characters,"),
        (TextRules(footer="Reply STOP"), "At most 139 characters,"),
        (TextRules(language="es-MX"), "At most 150 characters if all are of the GSM-7 alphabet"),
        (TextRules(language="es-MX"), "with any other, at most 60."),
    ],
)
def test_the_room_is_told_with_something_to_spare(rules: TextRules, told: str) -> None:
    assert told in asked(rules=rules)[0]


def test_rules_come_after_the_wishes_of_the_operator() -> None:
    told, _ = asked(rules=TextRules(banned_words=("synergy", "hustle")))
    assert told.index("Be warm.") < told.index("Rules") < told.index("synergy, hustle")


def test_ten_recent_texts_are_shown_and_all_rejections() -> None:
    _, task = asked(
        recent=[f"Text {n}." for n in range(15)],
        rejections=[Rejection("See x.com.", 'it contains a link: "x.com"'), Rejection("", "the answer was empty")],
    )
    assert task.count("\n- Text") == 10
    assert 'Your text "See x.com." was rejected: it contains a link: "x.com".' in task
    assert "An earlier text of yours was rejected: the answer was empty." in task
    assert task.endswith("Write another, without that fault.")
