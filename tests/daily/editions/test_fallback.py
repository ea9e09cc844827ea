"""Which text of the library steps in."""

from collections import Counter
from collections.abc import Mapping

from giftpulse.daily.editions.check import TextRules, Verdict, check
from giftpulse.daily.editions.fallback import Choice, choose, is_about
from giftpulse.daily.editions.library import LibraryText, texts
from giftpulse.daily.editions.likeness import Said

NAP = LibraryText("1", "rest", "A nap is a small holiday with no packing.")
TEA = LibraryText("2", "rest", "Tea first. The rest of the list can wait for its turn.")
FERN = LibraryText("3", "nature", "Ferns unroll slowly, and nobody calls them late.")
ALL = [NAP, TEA, FERN]


def chosen(used: Mapping[str, int], theme: str = "", said: Said | None = None, banned: tuple[str, ...] = ()) -> Choice:
    def judge(text: str, among: Said) -> Verdict:
        return check(text, TextRules(banned_words=banned), among)

    return choose(ALL, used, theme, "1", lambda text: judge(text, said or Said()), lambda text: judge(text, Said()))


def test_the_theme_comes_first_among_those_never_used() -> None:
    assert chosen({}, "Nature").chosen is FERN
    assert chosen({"3": 9}, "nature").chosen in (NAP, TEA), "one never used is better than one of the theme"
    assert chosen({"1": 4}, "rest").chosen is TEA


def test_then_the_least_recently_used() -> None:
    assert chosen({"1": 7, "2": 5, "3": 9}).chosen is TEA
    assert chosen({"1": 7, "2": 5, "3": 9}, "nature").chosen is TEA


def test_what_was_said_in_nearly_these_words_is_passed_over() -> None:
    found = chosen({}, "nature", Said(["Slowly ferns unroll, and nobody calls them late."]))
    assert found.chosen in (NAP, TEA)
    assert found.note == ""


def test_when_all_was_said_the_oldest_comes_again_with_a_note() -> None:
    said = Said(item.text for item in ALL)
    found = chosen({"1": 7, "2": 5, "3": 9}, said=said)
    assert (found.chosen, found.note) == (TEA, "all texts of the library were said before")


def test_a_text_that_may_not_be_said_is_passed_over_as_long_as_there_is_another() -> None:
    assert chosen({}, "rest", banned=("nap",)).chosen is TEA
    assert chosen({"3": 1}, banned=("nap", "tea")).chosen is FERN
    last = chosen({}, banned=("nap", "tea", "ferns"))
    assert last.chosen in ALL
    assert last.note.startswith("no text of the library passes; of this one, it contains words that must not be used")


def test_two_programs_go_different_ways() -> None:
    everything = texts("en")
    rules = TextRules()

    def first(key: str) -> str:
        verdict = lambda text: check(text, rules, Said())  # noqa: E731
        return choose(everything, {}, "", key, verdict, verdict).chosen.key

    assert max(Counter(first(str(program)) for program in range(40)).values()) < 5


def test_themes_are_compared_as_people_write_them() -> None:
    assert is_about("self_respect", "Self  Respect")
    assert not is_about("rest", "")
