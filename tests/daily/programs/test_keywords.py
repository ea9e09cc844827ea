"""Join keywords never mean anything else to Twilio, or to us when we read what people text."""

import pytest

from giftpulse.daily.inbound.keywords import decide
from giftpulse.daily.inbound.stop import TWILIO_STOP
from giftpulse.daily.programs.keywords import RESERVED, keyword


def test_twilios_own_words_are_reserved() -> None:
    assert TWILIO_STOP | {"START", "YES", "UNSTOP", "HELP", "INFO"} <= RESERVED


@pytest.mark.parametrize("word", ["JOY", "daily", " Kind2you "])
def test_a_word_that_is_taken_joins(word: str) -> None:
    wanted = keyword(word)
    assert wanted == word.strip().upper()
    assert decide(word, join_keywords=[wanted]).kind == "join"


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_words_that_mean_something_else_in_a_language_are_reserved(language: str) -> None:
    for word in ("SI", "OUI", "AYUDA", "AIDE", "ARRET", "BAJA", "ALTO", "SUBSCRIBE", "PAUSE"):
        if decide(word, language=language).kind in ("start", "stop", "help", "pause"):
            assert word in RESERVED
