"""Placeholders: what is refused, what is filled in, and that it reads well."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.editions.placeholders import defaults, fitting, longest, problems, render
from giftpulse.ground.errors import InvalidInputError
from giftpulse.twilio.segments import count

ENGLISH = {"first_name": "friend"}
NONE = {"first_name": ""}


@pytest.mark.parametrize("text", ["Plain.", "{first_name}, rest.", "Rest, {first_name}. Sleep, {first_name}."])
def test_sound_texts_have_no_problems(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{name}, rest.", ["it contains {name}, which is no placeholder; there is {first_name}"]),
        ("{}", ["it contains {}, which is no placeholder; there is {first_name}"]),
        ("{ first_name }", ["it contains { first_name }, which is no placeholder; there is {first_name}"]),
        ("{first_name.text}", ["it contains {first_name.text}, which is no placeholder; there is {first_name}"]),
        ("{first_name!r}", ["it contains {first_name!r}, which is no placeholder; there is {first_name}"]),
        ("{first_name", ["it contains a brace that belongs to no placeholder"]),
        ("a } b } c", ["it contains a brace that belongs to no placeholder"]),
        ("{{first_name}}", ["it contains a brace that belongs to no placeholder"]),
        ("{" + "x" * 500 + "}", [f"it contains {{{'x' * 30}}}, which is no placeholder; there is {{first_name}}"]),
    ],
)
def test_all_other_braces_are_refused(text: str, said: list[str]) -> None:
    assert problems(text) == said
    with pytest.raises(InvalidInputError) as refused:
        render(text, {"first_name": "Ana"}, ENGLISH)
    assert [error.reason for error in refused.value.errors] == said


@pytest.mark.parametrize(
    ("text", "named", "unnamed", "nobody"),
    [
        ("{first_name}, rest now.", "Ana, rest now.", "Friend, rest now.", "Rest now."),
        ("Rest now, {first_name}.", "Rest now, Ana.", "Rest now, friend.", "Rest now."),
        ("Rest, {first_name}, and eat.", "Rest, Ana, and eat.", "Rest, friend, and eat.", "Rest and eat."),
        ("Go on. {first_name}, rest.", "Go on. Ana, rest.", "Go on. Friend, rest.", "Go on. Rest."),
        ("Hello {first_name}! Rest.", "Hello Ana! Rest.", "Hello friend! Rest.", "Hello! Rest."),
        ("No name.", "No name.", "No name.", "No name."),
        ("Rest. {first_name}.", "Rest. Ana.", "Rest. Friend.", "Rest."),
    ],
)
def test_a_text_reads_well_with_a_name_with_a_default_and_with_neither(
    text: str, named: str, unnamed: str, nobody: str
) -> None:
    assert render(text, {"first_name": "Ana"}, ENGLISH) == named
    for missing in ({}, {"first_name": None}, {"first_name": " "}, {"first_name": "!?"}):
        values: dict[str, Any] = dict(missing)
        assert render(text, values, ENGLISH) == unnamed
        assert render(text, values, NONE) == render(text, values, {}) == nobody


def test_the_default_is_a_word_of_the_language_or_nothing() -> None:
    assert defaults("en") == defaults("en-GB") == ENGLISH
    assert defaults("fr") == NONE


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("  Ana   Luz ", "Ana Luz"),
        ("Anne-Marie O’Neill", "Anne-Marie O'Neill"),
        ("Ana\nReply STOP", "Ana Reply STOP"),
        ("{first_name}", "first name"),
        ("evil.com/pay", "evil com pay"),
        ("J.R.", "J R."),
        ("Ana 🎁", "Ana"),
        ("Maximiliano Alejandro", "Maximiliano"),
        ("Wolfeschlegelsteinhausen", "Wolfeschlegelsteinha"),
        ("José", "José"),
        ("María", "Maria"),
        ("Zoë", "Zoe"),
        ("Łukasz", "Lukasz"),
        ("Олена", "friend"),
        ("प्रिया", "friend"),
    ],
)
def test_a_name_is_made_fit_for_a_text_in_gsm(value: str, shown: str) -> None:
    assert render("Rest, {first_name}.", {"first_name": value}, ENGLISH) == f"Rest, {shown}."


@pytest.mark.parametrize("value", ["Олена", "प्रिया", "María", "美咲"])
def test_a_name_keeps_its_letters_in_a_text_that_has_such_letters_anyway(value: str) -> None:
    assert render("Отдохни, {first_name}.", {"first_name": value}, NONE) == f"Отдохни, {value}."


def test_nothing_in_a_value_is_filled_in_again() -> None:
    assert "{" not in render("{first_name}", {"first_name": "{first_name}{first_name}"}, ENGLISH)


def test_a_letter_is_not_cut_from_its_accent() -> None:
    name = "x" * 19 + "ы\u0301" + "x"
    assert fitting("first_name", name, gsm=False) == unicodedata.normalize("NFC", name)[:19]


def test_the_longest_form_is_counted_with_a_name_of_twenty_letters() -> None:
    assert longest("{first_name}, rest, {first_name}.") == f"{'W' * 20}, rest, {'W' * 20}."


@given(st.text(max_size=60), st.sampled_from(["{first_name}, rest.", "Rest, {first_name}.", "Отдохни, {first_name}."]))
def test_no_name_makes_a_text_longer_or_changes_its_encoding(name: str, text: str) -> None:
    shown, most = count(render(text, {"first_name": name}, ENGLISH)), count(longest(text))
    assert shown.encoding == most.encoding
    assert shown.segments <= most.segments
    if not any(letter > "\uffff" for letter in name):
        assert shown.units <= most.units
