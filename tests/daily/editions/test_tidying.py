"""The form in which a text is checked, kept and sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.editions.tidying import tidy


@pytest.mark.parametrize(
    ("raw", "tidied"),
    [
        ("  Rest   now. \n", "Rest now."),
        ('"Rest now."', "Rest now."),
        ("“Rest now.”", "Rest now."),
        (" ‘It’s time.’ ", "It's time."),
        ("'\"Rest now.\"'", "Rest now."),
        ("«Отдохни.»", "Отдохни."),
        ('"Rest" and "sleep".', '"Rest" and "sleep".'),
        ('"Rest," she said, "now"', '"Rest," she said, "now"'),
        ("Rest\u2014now\u2026", "Rest-now..."),
        ("Cafe\u0301.", "Café."),
        ("One.\r\n\r\n  Two. ", "One.\nTwo."),
        ("\u200bRest.\ufeff", "Rest."),
        ('"', '"'),
        ("''", ""),
        ("", ""),
    ],
)
def test_spaces_quotes_and_typography_are_tidied(raw: str, tidied: str) -> None:
    assert tidy(raw) == tidied


@given(st.text(st.sampled_from("ab \n\"'«»“”’`—…\u0301\u200bя🎁{}")))
def test_tidying_twice_changes_nothing(raw: str) -> None:
    assert tidy(tidy(raw)) == tidy(raw)
