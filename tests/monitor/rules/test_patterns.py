"""Regular expressions: what is refused and why, and that no pattern is slow."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from giftpulse.monitor.rules.patterns import PatternError, Prefiltered, encoded, searcher

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "redos_patterns.json"
SLOWEST = 0.25


def reason(pattern: str) -> str:
    with pytest.raises(PatternError) as refused:
        searcher(pattern)
    return str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(?=b)", "lookahead"),
        ("^(?!.*test)", "lookahead"),
        ("(?<=a)b", "lookbehind"),
        ("(?<!a)b", "lookbehind"),
        (r"(a)\1", "backreferences"),
        (r"(?P<x>a)(?P=x)", "backreferences"),
        (r"(?P<x>a)\k<x>", "backreferences"),
        ("a{1001}", "over 1,000"),
        ("(a{100}){100}", "over 1,000"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        (r"end\Z", r"\z"),
        ("(a", "missing )"),
        ("[a", "missing ]"),
        ("*a", "repetition"),
        ("", "empty"),
        ("x" * 1_025, "1,024 bytes"),
        ("é" * 513, "1,024 bytes"),
        (r"\pL{1000}", "memory"),
        ("[^a]{1,1000}[^b]{1,300}", "too large"),
        ("\ud83d", "Unicode"),
    ],
)
def test_a_pattern_is_refused_with_a_reason_that_helps(pattern: str, said: str) -> None:
    assert said in reason(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "occurs"),
    [
        ("out", "timeout 30003", True),
        ("^out", "timeout 30003", False),
        ("(?i)TIMEOUT", "timeout", True),
        ("TIMEOUT", "timeout", False),
        ("3$", "timeout 30003", True),
        ("3$", "timeout 30003\n", False),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("a.b", "aéb", True),
        ("^.$", "👍", True),
        ("^.$", "\ud83d", True),
        ("^\\x{FFFD}$", "\ud83d", True),
        ("b", "a\0b", True),
        ("^$", "", True),
    ],
)
def test_patterns_are_searched_anywhere_in_the_text(pattern: str, text: str, occurs: bool) -> None:
    assert searcher(pattern)(text) is occurs


def test_half_a_surrogate_pair_is_read_as_the_replacement_character() -> None:
    assert encoded("a\ud83db") == "a\ufffdb".encode()
    assert encoded("👍") == "👍".encode()


def test_a_filter_of_a_refused_pattern_says_so() -> None:
    with pytest.raises(PatternError):
        Prefiltered(["(a"])


def seconds(pattern: str, text: str) -> float:
    occurs = searcher(pattern)
    started = time.perf_counter()
    occurs(text)
    return time.perf_counter() - started


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 5_000 + "!"),
        ("(a|aa)+$", "a" * 5_000 + "!"),
        (r"^(\w+\s?)*$", "aaaa " * 1_000 + "!"),
        (r"\s+$", " " * 30_000 + "x"),
        ("(?:.*,){100}x", "a," * 5_000),
        ("(x+x+)+y", "x" * 5_000),
        ("(?:a?){500}a{500}", "a" * 1_600),
        ("[^,]{1,900}x", "a" * 1_600),
    ],
)
def test_a_pattern_that_is_deadly_elsewhere_is_linear_here(pattern: str, text: str) -> None:
    assert seconds(pattern, text) < SLOWEST


def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip(f"the vectors of regex bombs are not on this machine ({VECTORS})")
    return dict(json.loads(VECTORS.read_text()))


def test_every_regex_bomb_is_refused_or_harmless() -> None:
    bombs = vectors()["vulnerable"]
    assert len(bombs) > 100
    ran = 0
    for bomb in bombs:
        attack = bomb["attack"]
        text = attack["prefix"] + attack["pump"] * attack["n"] + attack["suffix"]
        try:
            searcher(bomb["pattern"])
        except PatternError:
            continue
        ran += 1
        assert seconds(bomb["pattern"], text) < SLOWEST, bomb["pattern"]
    assert ran > 100, "nearly all were refused: this shows nothing"


def test_ordinary_patterns_are_accepted_unless_they_look_ahead() -> None:
    for control in vectors()["safe_controls"]:
        pattern = control["pattern"]
        if "(?!" in pattern:
            assert "'not' condition" in reason(pattern)
        else:
            searcher(pattern)
