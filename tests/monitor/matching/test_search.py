"""Many patterns in one pass say what each alone would, whatever patterns and texts."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giftpulse.monitor.matching import search
from giftpulse.monitor.matching.search import search_for
from giftpulse.monitor.rules.patterns import PatternError, check_pattern, encoded, searcher

PIECES = ["fail", "ed", "é", "É", "ß", "ſ", "k", "K", " ", "3", "30003", ".", ".*", r"\d", r"\w+", "[a-f]", "x"]
TEXTS = [*PIECES, "\u212a", "STRASSE", "\u1e9e", "\n", "\0", "failure", "\ud83d"]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    middle = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5)))
    form = draw(st.sampled_from(["{}", "^{}", "{}$", "(?i){}", "({}|zz)", "({})?", "({}){{2}}", "a|{}", r"\b{}"]))
    return form.format(middle)


def expected(wanted: list[str], text: str) -> list[int]:
    return [number for number, pattern in enumerate(wanted) if searcher(pattern)(text)]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(patterns(), min_size=1, max_size=30),
    st.lists(st.lists(st.sampled_from(TEXTS), max_size=8).map("".join), min_size=1, max_size=8),
)
def test_patterns_together_find_what_each_finds_alone(wanted: list[str], texts: list[str]) -> None:
    find = search_for(wanted)
    for text in texts:
        assert sorted(find(encoded(text)) or []) == expected(wanted, text)


def test_patterns_that_outgrow_the_engine_are_split_and_none_is_lost() -> None:
    pick = random.Random(7)
    wanted = ["".join(pick.choices("abcdefghijklmnopqrstuvwxyz", k=500)) for _ in range(300)]
    assert len(search._halves(wanted, list(range(300)))) > 1, "these fit: the test shows nothing"
    find = search_for(wanted)
    for number in (0, 1, 149, 150, 298, 299):
        assert find(f"x{wanted[number]}y".encode()) == [number]


def test_one_pattern_of_too_many_literals_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["|".join(f"{a}{b}q{a}z" for b in "abcdefghijklmnop") for a in "abcdefgh"]
    for pattern in wanted:
        check_pattern(pattern)
    assert search_for(wanted)(b"--haqhz--") == [7]


def test_an_automaton_out_of_memory_asks_each_pattern_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [rf"{a}.{{5,40}}{b}$" for a in "abcdef" for b in "xyz"]
    text = "abcdef" * 30 + "0123456789y"

    class Exhausted:
        def __init__(self, patterns: list[str], memory: int) -> None:
            self.search = lambda text: None

    monkeypatch.setattr(search, "OnePass", Exhausted)
    assert search_for(wanted)(text.encode()) == expected(wanted, text)
    assert expected(wanted, text)


def test_text_that_holds_the_probe_of_the_filter_changes_nothing() -> None:
    wanted = ["timeout", "giftpulse", "nothing here"]
    assert search_for(wanted)(f"giftpulse {search._PROBE}".encode()) == [1]
    assert not search_for(["timeout"])(search._PROBE.encode())


def test_weak_patterns_in_several_parts_keep_their_numbers() -> None:
    wanted = [rf"{number:02d}\d" for number in range(100)] + [f"^.{{{number}}}$" for number in range(1, 200)]
    find = search_for(["timeout", *wanted, "lost"])
    assert sorted(find(b"123 lost timeout 991") or []) == expected(["timeout", *wanted, "lost"], "123 lost timeout 991")


def test_a_pattern_that_was_not_checked_is_refused() -> None:
    with pytest.raises(PatternError):
        search_for(["fine", "(?=x)"])
