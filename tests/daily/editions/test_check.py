"""The verdict on a text: what is refused, the words in which it is said, and that good texts pass."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.editions.check import TextRules, Verdict, check
from giftpulse.daily.editions.library import languages, texts
from giftpulse.daily.editions.likeness import Said

GOOD = "A nap is a small holiday with no packing."


def verdict(text: str, said: tuple[str, ...] = (), **rules: Any) -> Verdict:
    return check(text, TextRules(**rules), Said(said))


def reasons(text: str, **rules: Any) -> tuple[str, ...]:
    return verdict(text, **rules).reasons


def test_a_good_text_passes_and_is_tidied() -> None:
    found = verdict(f' "{GOOD}"\n')
    assert (found.text, found.ok, found.reasons) == (GOOD, True, ())
    assert (found.count.segments, found.count.units) == (1, len(GOOD))


@pytest.mark.parametrize("language", languages())
def test_every_text_of_the_library_passes_by_its_own_check_with_a_footer(language: str) -> None:
    rules = TextRules(language=language, footer="Reply STOP to end.")
    for item in texts(language):
        assert check(item.text, rules, Said()).reasons == ()


@pytest.mark.parametrize("text", ["", "  \n", '""', "...", "🎁🎁", "{first_name}"])
def test_what_says_nothing_is_refused(text: str) -> None:
    assert reasons(text) == ("it is empty, or says nothing in words",)


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        ("a" * 177 + ".", {}, "it is 178 characters long; at most 160"),
        ("a" * 160 + ".", {}, "it is 161 characters long; at most 160"),
        ("a" * 306 + ".", {"max_segments": 2}, "it is 307 characters long; at most 306"),
        ("[" * 80 + "a.", {}, "it is 162 characters long; at most 160"),
        ("{first_name}, " + "a" * 140 + ".", {}, "it is 163 characters long; at most 160"),
        ("a" * 150 + ".", {"footer": "Reply STOP"}, "it is 151 characters long; at most 149"),
        ("á" + "a" * 70 + ".", {"language": "es"}, 'it is 72 characters long; at most 70, because of "á" in it'),
        ("a" * 80 + ".", {"footer": "día"}, 'it is 81 characters long; at most 66, because of "í" in the footer'),
        ("a" * 20 + ".", {"footer": "b" * 200}, "it is 21 characters long; at most 0"),
    ],
)
def test_too_long_is_told_with_the_room_there_is(text: str, rules: dict[str, Any], reason: str) -> None:
    assert reasons(text, **rules) == (reason,)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("a" * 159 + ".", {}),
        ("a" * 305 + ".", {"max_segments": 2}),
        ("{first_name}, " + "a" * 137 + ".", {}),
        ("a" * 148 + ".", {"footer": "Reply STOP"}),
        ("á" + "a" * 68 + ".", {"language": "es"}),
    ],
)
def test_what_just_fits_passes(text: str, rules: dict[str, Any]) -> None:
    assert reasons(text, **rules) == ()


def test_the_cost_is_told_at_the_longest_name_with_the_footer() -> None:
    found = verdict("Rest, {first_name}.", footer="Reply STOP")
    assert found.count.units == len("Rest, .") + 20 + len("\nReply STOP")


def test_a_text_beyond_all_measure_is_not_even_read() -> None:
    assert reasons("http://" * 1_000_000) == ("it is 7,000,000 characters long, far more than a text message may have",)


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("A gift 🎁 and a heart ❤️ for you.", "en", '"🎁", "❤"'),
        ("The naïve café.", "en", '"ï"'),
        ("Keep the 中 flag.", "de", '"中"'),
        ("Un día ☀ bueno.", "es", '"☀"'),
    ],
)
def test_characters_outside_of_gsm_are_named(text: str, language: str, shown: str) -> None:
    assert reasons(text, language=language) == (f"it contains characters that are not in the GSM alphabet: {shown}",)


@pytest.mark.parametrize(
    ("text", "language"), [("Un día bueno, corazón.", "es"), ("Ça va très bien.", "fr"), ("Отдохни — сегодня.", "ru")]
)
def test_a_language_may_use_its_own_letters(text: str, language: str) -> None:
    assert reasons(text, language=language) == ()


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/a?b=1", "http://x", "hxxps://example.com", "www.example", "example.com",
        "sub.example.co.uk/path", "EXAMPLE.COM", "bit.ly/abc", "t.co/abc", "x.com", "rest.today", "example dot com",
        "192.168.0.1", "tel:911", "пример.рф", "example。com",
    ],
)  # fmt: skip
def test_links_are_refused_unless_they_are_allowed(link: str) -> None:
    text = f"Look at {link} and rest."
    assert any(reason.startswith("it contains a link: ") for reason in reasons(text, language="ru")), reasons(text)
    assert not any("link" in reason for reason in reasons(text, allow_links=True))


@pytest.mark.parametrize(
    "text",
    [
        "Rest at 7 p.m. or 8 a.m., e.g. now.", "It costs 3.50 or 10.5km.", "Wait...then go.", "Mr. Smith rests.",
        "Slow is fine: a speed, not a fault.", "Half and/or all of it.",
    ],
)  # fmt: skip
def test_ordinary_stops_are_no_links(text: str) -> None:
    assert reasons(text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Write to ana@example.com today.", 'it contains an e-mail address: "ana@example.com"'),
        ("Call +1 (555) 123-4567 today.", 'it contains a phone number: "+1 (555) 123-4567"'),
        ("Call 555-123-4567 today.", 'it contains a phone number: "555-123-4567"'),
        ("Call 5551234567 today.", 'it contains a phone number: "5551234567"'),
        ("Be kind today #blessed.", 'it contains a hashtag or handle: "#blessed"'),
        ("Ask @ana today.", 'it contains a hashtag or handle: "@ana"'),
        ("Be **kind** today.", 'it contains markup, not only plain words: "**"'),
        ("Be *kind* today.", 'it contains markup, not only plain words: "*kind*"'),
        ("# Today\nBe kind.", 'it contains markup, not only plain words: "#"'),
        ("- Be kind.\n- Rest.", 'it contains markup, not only plain words: "-"'),
        ("1. Be kind.\n2. Rest.", 'it contains markup, not only plain words: "1.", "2."'),
        ("Be `kind` today.", 'it contains markup, not only plain words: "`"'),
        ("Be <b>kind</b>.", 'it contains markup, not only plain words: "<b>", "</b>"'),
        ("Be kind &amp; rest.", 'it contains markup, not only plain words: "&amp;"'),
        ("Be kind and", "it ends in the middle of a sentence, or without a full stop"),
        ("Rest, {first_name}", "it ends in the middle of a sentence, or without a full stop"),
        ("BE KIND TODAY, {first_name}.", "it is mostly in capitals"),
        ("Rest! Now! Go!", "it has 3 exclamation marks; at most 2"),
        ("Rest, {name}.", "it contains {name}, which is no placeholder; there is {first_name}"),
        ("Rest, {first_name.", "it contains a brace that belongs to no placeholder"),
    ],
)
def test_each_fault_is_told_in_a_sentence(text: str, reason: str) -> None:
    assert reasons(text) == (reason,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Here is your message: Rest now.", 'it begins with "Here is your message:"; it must be the text alone'),
        ("Sure! Here's a text for today:\n\nRest.", 'it begins with "Sure! Here\'s a text for today:"'),
        ("Here you go: Rest now.", 'it begins with "Here you go:"'),
        ("Today's message: Rest now.", 'it begins with "Today\'s message:"'),
        ("Your daily positive text: Rest now.", 'it begins with "Your daily positive text:"'),
        ("Message: Rest now.", 'it begins with "Message:"'),
        ("Option 1: Rest now.", 'it begins with "Option 1:"'),
        ("Voici le texte : Reposez-vous.", 'it begins with "Voici le texte :"'),
        ("Aquí tienes: Descansa.", 'it begins with "Aquí tienes:"'),
        ("Certainly! I wrote this. Rest.", "it speaks about the task"),
        ("I'm sorry, but I can't help with that.", "it speaks about the task"),
        ("As an AI, I wish you rest.", "it speaks about the task"),
        ("Rest now. Let me know if you want another.", "it speaks about the task"),
        ("Rest now. (9 characters).", "it speaks about the task"),
    ],
)
def test_talk_about_the_task_is_refused(text: str, said: str) -> None:
    assert any(reason.startswith(said) for reason in reasons(text, language="es")), reasons(text)


@pytest.mark.parametrize(
    "text",
    [
        "Good manners are a way of saying: I noticed you were here.",
        "Here is a thing about tides: they come back.",
        "Your text to an old friend can be short: two lines and a joke.",
        "Three words to keep: rest, eat, laugh.",
        "Sure, the list is long. The evening is longer.",
        "I can, I may, I will: three good verbs.",
        'A child said: "Rest is a game."',
        "You're number 1 today (or soon)!",
    ],
)
def test_ordinary_colons_and_openings_pass(text: str) -> None:
    assert reasons(text) == ()


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("What an ordinary HUSTLE.", "hustle"),
        ("Un café, por favor.", "CAFE"),
        ("Grind every day.", " grind  every "),
        ("It's fine.", "its"),
        ("今日は勝つ。", "勝つ"),
        ("Rest <3 now.", "<3"),
    ],
)
def test_banned_words_are_found_whatever_their_case_and_accents(text: str, banned: str) -> None:
    assert reasons(text, banned_words=(banned, "absent"), language="ja") == (
        f'it contains words that must not be used: "{" ".join(banned.split())}"',
    )


@pytest.mark.parametrize("banned", ["class", "old day", "day holi", "", " "])
def test_only_whole_words_are_banned(banned: str) -> None:
    assert reasons("A classic of the old days: a day, a holiday.", banned_words=(banned,)) == ()


def test_repetition_is_told_with_the_earlier_text() -> None:
    assert verdict(GOOD.upper().capitalize(), said=(GOOD,)).reasons == (f'it was said before: "{GOOD}"',)
    again = verdict("A nap is a short holiday without any packing.", said=("Slow is a speed.", GOOD))
    assert again.reasons == (f'it is too alike to an earlier text: "{GOOD}"',)
    assert not again.ok


def test_all_faults_are_told_at_once() -> None:
    assert len(reasons("VISIT EXAMPLE.COM 🎁 {name}")) == 5


@given(st.text(max_size=200))
def test_any_text_gets_a_verdict_and_a_good_one_stays_good(text: str) -> None:
    found = verdict(text)
    assert all(reason.startswith("it ") for reason in found.reasons)
    if found.ok:
        assert verdict(found.text).ok
        assert found.count.segments == 1
