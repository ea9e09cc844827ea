"""The language of phrases, and that every phrase in the word lists is written in it."""

import re

import pytest

from giftpulse.daily.inbound.phrases import CUT, pattern, phrase_lists, typos

FOLDERS = ["stop_words", "danger_words", "feeling_words"]


@pytest.mark.parametrize("text", ["please stop it now", "do not stop them", "stop them"])
def test_a_phrase_is_found_as_whole_words(text: str) -> None:
    assert pattern(["stop it|them"]).search(text)


@pytest.mark.parametrize("text", ["stop", "unstop it", "stop items", "stop all of it", f"stop {CUT} it", ""])
def test_nothing_else_is_found(text: str) -> None:
    assert not pattern(["stop it|them"]).search(text)


def test_a_word_may_be_missing() -> None:
    found = pattern(["don't ever|even? stop"])
    assert found.search("dont stop")
    assert found.search("dont even stop")
    assert not found.search("dont please stop")


def test_phrases_are_folded_like_texts() -> None:
    assert pattern(["n'en veux plus"]).search("je n en veux plus")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_phrase_is_well_written(folder: str) -> None:
    for key, phrases in phrase_lists(folder).items():
        for phrase in phrases:
            assert not phrase.endswith("?"), f"{key}: the last word of {phrase!r} may not be missing"
            assert not re.search(r"[<>*_]|\|\||\|[ ?]|\|$", phrase), f"{key}: {phrase!r}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_slip_is_meant_to_be_is_a_word_of_ours(folder: str) -> None:
    known = " ".join(phrase for phrases in phrase_lists(folder).values() for phrase in phrases)
    assert set(typos(folder).values()) <= set(re.split(r"[ |?]+", known.translate(str.maketrans("êé", "ee"))))


def test_single_words_are_single() -> None:
    for key in ("positive", "negative", "turns", "turns_before"):
        assert [word for word in phrase_lists("feeling_words")[key] if " " in word] == []
