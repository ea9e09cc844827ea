"""Not said before: what counts as a repetition, and what does not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.editions.likeness import TOO_ALIKE, Said

ANYTHING = st.text(max_size=80)


def score(past: str, new: str) -> float:
    found = Said([past]).nearest(new)
    assert found is not None
    return found.score


@pytest.mark.parametrize(
    ("past", "new"),
    [
        ("A nap is a small holiday.", "a nap is a SMALL holiday"),
        ("A nap is a small holiday.", "  A nap...   is a small holi-day!\n"),
        ("{first_name}, it's a small holiday.", "It’s a small holiday, {first_name}!"),
        ("Le café attend.", "LE CAFE\u0301 ATTEND"),
        ("Straße", "STRASSE"),
    ],
)
def test_the_same_letters_are_the_same_text(past: str, new: str) -> None:
    found = Said([past]).nearest(new)
    assert found is not None
    assert (found.text, found.score, found.exact, found.too_alike) == (past, 100.0, True, True)


@pytest.mark.parametrize(
    ("past", "new"),
    [
        ("You are allowed to stop before you are empty.", "You're allowed to stop before you're empty."),
        ("You are allowed to stop before you are empty.", "You may stop before you are empty, friend."),
        ("A nap is a small holiday with no packing.", "A nap is a short holiday without any packing."),
        ("You are allowed to stop before you are empty.", "Before you are empty, you are allowed to stop."),
        (
            "Somebody will remember the way you held the door today long after you have forgotten doing it.",
            "Long after you've forgotten doing it, someone will remember how you held the door today.",
        ),
        (
            "A note left on the kitchen table weighs almost nothing and can hold up an entire afternoon.",
            "A note on the kitchen table weighs next to nothing and can hold up a whole afternoon.",
        ),
        (
            "Rest doesn't have to be earned. It was never a prize for the last one standing.",
            "Rest does not need to be earned; it never was a prize for the last one standing.",
        ),
        (
            "Hot water, on demand, from a wall. Some days that alone deserves applause.",
            "Some days, hot water on demand from a wall alone deserves applause.",
        ),
        (
            "The knot comes out quicker for people who sit down first.",
            "For people who sit down first, the knot comes out faster.",
        ),
        (
            "Take the compliment. Say thanks, close the lid, and keep it somewhere dry.",
            "Say thanks, take the compliment, close the lid and keep it in a dry place.",
        ),
        (
            "Rice takes eighteen minutes whether or not you stare at the lid.",
            "Rice takes 18 minutes whether you stare at the lid or not.",
        ),
        (
            "Every library in the world is a bet that tomorrow will have readers.",
            "Each library in the world is a bet on tomorrow having readers.",
        ),
        (
            "Violins sound dreadful for two years and then, one evening, they don't.",
            "A violin sounds dreadful for two years, and then one evening it doesn't.",
        ),
        (
            "Work done with care has a sound, like a drawer that closes properly.",
            "Careful work has a sound, like a drawer closing properly.",
        ),
        (
            "Good work often ends with a quiet click rather than a fanfare.",
            "Often, good work ends in a quiet click instead of a fanfare.",
        ),
        (
            "A nap is a small holiday with no packing.",
            "A nap is a small holiday with no packing. Enjoy one today, and let the afternoon do what it wants.",
        ),
    ],
)
def test_reordered_reworded_and_prolonged_texts_are_too_alike(past: str, new: str) -> None:
    for one, other in ((past, new), (new, past)):
        found = Said([one]).nearest(other)
        assert found is not None
        assert found.too_alike, found
        assert not found.exact


@pytest.mark.parametrize(
    ("past", "new"),
    [
        (
            "The best thing about a morning like this is the smell of toast.",
            "The best thing about a morning like this is that nobody needs you yet.",
        ),
        (
            "Good morning. May your coffee be hot and your inbox short today.",
            "Good morning. May your walk be slow and your worries small today.",
        ),
        (
            "You have made it through every hard day so far, and this one is no different.",
            "You have made it through every software update so far. Few sagas are longer.",
        ),
        (
            "It takes courage to ask for help, and you have plenty of it.",
            "It takes patience to learn the violin, and neighbors have plenty of it.",
        ),
        ("You are allowed to stop before you are empty.", "You are allowed to like the song everyone hates."),
        ("Start with the sock nearest you.", "Wonder is a habit, and it starts with the nearest odd thing."),
        ("Slow is a speed.", "Some days go slow, and the speed of it is a relief to everybody."),
    ],
)
def test_different_texts_that_share_an_opening_or_a_theme_are_not(past: str, new: str) -> None:
    assert score(past, new) < TOO_ALIKE
    assert score(new, past) < TOO_ALIKE


def test_the_most_alike_of_many_is_told() -> None:
    past = ["Fear is a terrible driver.", "Rain on a roof is the oldest lullaby still in use.", "Slow is a speed."]
    found = Said(past).nearest("The oldest lullaby in use is the rain on a roof.")
    assert found is not None
    assert found.text == past[1]


def test_what_is_least_like_anything_has_a_nearest_as_well() -> None:
    found = Said(["Slow is a speed.", "Fear drives badly."]).nearest("Octopuses taste with their arms.")
    assert found is not None
    assert not found.too_alike


def test_a_text_is_known_as_soon_as_it_is_added() -> None:
    said = Said()
    assert said.nearest("Slow is a speed.") is None
    said.add("Slow is a speed.")
    said.add("slow is a speed")
    assert len(said) == 1
    found = said.nearest("Slow is a speed!")
    assert found is not None
    assert found.exact


@pytest.mark.parametrize("nothing", ["", "  ", "...", "{first_name}!", "🎁"])
def test_what_says_nothing_repeats_nothing(nothing: str) -> None:
    said = Said([nothing, "Slow is a speed."])
    assert len(said) == 1
    assert said.nearest(nothing) is None


@given(ANYTHING, ANYTHING)
def test_likeness_is_mutual_and_between_0_and_100(one: str, other: str) -> None:
    here, there = Said([one]).nearest(other), Said([other]).nearest(one)
    assert (here is None) == (there is None)
    if here and there:
        assert 0 <= here.score == there.score <= 100
        assert here.exact == there.exact


@given(st.lists(st.text("abcdefg é", min_size=1, max_size=9), min_size=2, max_size=14), st.randoms())
def test_the_order_of_words_does_not_matter(words: list[str], chance: object) -> None:
    joined = unicodedata.normalize("NFC", " ".join(words))
    if any(letter.isalpha() for letter in joined):
        assert score(joined, " ".join(reversed(joined.split()))) == 100.0
