"""The library: every text is fit to be sent as it stands, and none is like another."""

import re
from collections import Counter

import pytest

from giftpulse.daily.editions.library import LibraryText, languages, texts
from giftpulse.daily.editions.likeness import Said
from giftpulse.daily.editions.placeholders import defaults, longest, problems, render
from giftpulse.twilio.segments import count

EACH_LANGUAGE = pytest.mark.parametrize("language", ["en", "es", "fr"])
ROOM = 140


def opening(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.casefold())[:2])


def test_there_are_texts_for_more_than_a_year_in_english_and_for_two_months_in_others() -> None:
    assert languages() == ("en", "es", "fr")
    assert len(texts("en")) >= 420
    assert min(len(texts("es")), len(texts("fr"))) >= 60


def test_a_language_without_a_library_gets_english_and_a_region_gets_its_language() -> None:
    assert texts("de") == texts("en") == texts("") == texts("en-GB")
    assert texts("es-MX") == texts("ES") == texts("es_MX") != texts("en")


@EACH_LANGUAGE
def test_each_text_is_one_gsm_segment_at_its_longest_with_room_for_a_footer(language: str) -> None:
    for item in texts(language):
        assert problems(item.text) == []
        counted = count(longest(item.text))
        assert (counted.encoding, counted.segments) == ("GSM-7", 1), item
        assert counted.units <= ROOM, item


@EACH_LANGUAGE
def test_each_text_is_written_with_care(language: str) -> None:
    for item in texts(language):
        assert item.text == " ".join(item.text.split()), "spaces"
        assert item.text[-1] in ".!", item
        assert "?" not in item.text, "a question wants an answer"
        assert item.text.count("!") <= 1, item
        assert not re.search(r"https?:|www\.|[@#*_<>\[\]]", item.text.replace("{first_name}", "")), item


@EACH_LANGUAGE
def test_themes_are_many_and_even(language: str) -> None:
    themes = Counter(item.theme for item in texts(language))
    assert len(themes) >= 18
    assert max(themes.values()) <= 2 * min(themes.values())


@EACH_LANGUAGE
def test_openings_are_varied(language: str) -> None:
    assert max(Counter(opening(item.text) for item in texts(language)).values()) <= 6


@EACH_LANGUAGE
def test_no_text_is_like_another(language: str) -> None:
    said = Said()
    for item in texts(language):
        found = said.nearest(item.text)
        assert found is None or not found.too_alike, (item.text, found)
        said.add(item.text)


@EACH_LANGUAGE
def test_some_texts_say_the_name_and_read_well_without_one(language: str) -> None:
    named = [item.text for item in texts(language) if "{first_name}" in item.text]
    assert 0.1 <= len(named) / len(texts(language)) <= 0.2
    for text in named:
        shown = render(text, {}, defaults(language))
        assert shown[0].isupper()
        assert not re.search(r"[{}]|,,|,\.| [,.]|  ", shown), shown


def test_keys_tell_texts_apart_and_stay() -> None:
    keys = [item.key for language in languages() for item in texts(language)]
    assert len(set(keys)) == len(keys)
    slow = next(item for item in texts("en") if item.text == "Slow is a speed.")
    assert slow == LibraryText("0ccee628c081", "small_steps", "Slow is a speed.")
