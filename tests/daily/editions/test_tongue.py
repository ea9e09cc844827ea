"""In which language a text is: clear cases are told, doubtful ones pass."""

import pytest

from giftpulse.daily.editions.library import languages, texts
from giftpulse.daily.editions.tongue import base, foreign, name_of
from giftpulse.demo.fake_texts import FOREIGN, text_of


@pytest.mark.parametrize("language", languages())
def test_nothing_of_the_library_is_taken_for_another_language(language: str) -> None:
    assert [item.text for item in texts(language) if list(foreign(item.text, language))] == []


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_hardly_anything_passes_for_english_that_is_not(language: str) -> None:
    told = sum(bool(list(foreign(text_of(language, number), "en"))) for number in range(300))
    assert (told == 0) if language == "en" else (told > 200)


def test_the_reason_names_both() -> None:
    assert list(foreign(FOREIGN["de"], "en-GB")) == ["it is in German, not in English"]
    assert list(foreign(FOREIGN["en"], "es")) == ["it is in English, not in Spanish"]


def test_of_an_unknown_language_only_english_is_told() -> None:
    assert list(foreign(FOREIGN["en"], "nl")) == ["it is in English, not in Dutch"]
    assert list(foreign("Soms is een korte wandeling het beste antwoord, en die is van jou of van ons.", "nl")) == []
    assert list(foreign("Uma palavra amiga vale mais do que os planos do mundo, e o dia sabe disso.", "gl")) == []


def test_names_and_bases() -> None:
    assert (base("es-MX"), base("PT_br"), name_of("es-MX"), name_of("tlh")) == ("es", "pt", "Spanish", "tlh")
