"""Texts made comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.inbound.words import breaths, fold, sentence, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Don’t STOOOOP!", ["dont", "stop"]),
        ("l'arrêt, j'ai, qu'on, aujourd'hui", ["l", "arret", "j", "ai", "qu", "on", "aujourdhui"]),
        ("ЅТОР", ["stop"]),
        ("S\u200bTOP\ufeff", ["stop"]),
        ("ＳＴＯＰ_now", ["stop", "now"]),
        ("e\u0301té 1000", ["ete", "1000"]),
        ("... 😀 !!!", []),
    ],
)
def test_the_words_of_a_text(text: str, said: list[str]) -> None:
    assert words(text) == said


def test_folding_keeps_the_signs() -> None:
    assert fold("  À 9:30 AM –  “ok” ") == "a 9:30 am - “ok”"


def test_a_text_falls_into_breaths() -> None:
    assert breaths("Don't. Stop, please!\nNever, ever stop - no") == ["dont", "stop", "please", "never ever stop", "no"]


@given(st.text(max_size=200))
def test_words_stay_what_they_are(text: str) -> None:
    assert sentence(sentence(text)) == sentence(text)
