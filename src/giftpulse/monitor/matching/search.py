"""Many patterns searched in one text at once.

Most patterns need some literal ("timeout", "code 30003"): one prefiltered pass finds which of them can match at
all. Patterns without one (``\\d+``, ``.*``, ``30\\d``) would pass that filter on every text, so they
go into an automaton of their own, in parts that fit in its memory.
"""

from collections.abc import Sequence
from itertools import product

from giftpulse.monitor.rules.patterns import OnePass, PatternError, Prefiltered, Search, searcher

_PART = 128
"""Patterns without a literal per automaton: more would thrash its cache of states, fewer cost a call each."""
_MEMORY = 256 << 20
_LEAST_MEMORY = 16 << 20

_PROBE = "giftpulse probe 5b1d0a"
"""A literal that a sound filter must find. A filter whose literals outgrew the engine's memory finds nothing."""

_LETTERS = [chr(code) for code in range(32, 127) if not chr(code).isupper()]
_ANY_TWO = " ".join(a + b for a, b in product(_LETTERS, repeat=2)).encode()
"""Every literal of one or two letters. A pattern that may match here is not told apart by its literals."""


def search_for(patterns: Sequence[str]) -> Search:
    """A function from a text (UTF-8) to the numbers of the patterns that occur in it, None or [] for none.

    Every pattern must have passed ``check_pattern``. Answers exactly as each pattern alone would.
    """
    numbers = list(range(len(patterns)))
    weak = _without_literal(patterns, numbers)
    rest = set(weak)
    strong = [number for number in numbers if number not in rest]
    searches = [
        *_filtered(patterns, strong),
        *(_in_one_pass(patterns, part, len(weak)) for part in _parts(weak)),
    ]
    return searches[0] if len(searches) == 1 else _together(searches)


def _parts(numbers: list[int]) -> list[list[int]]:
    return [numbers[i : i + _PART] for i in range(0, len(numbers), _PART)]


def _together(searches: list[Search]) -> Search:
    def search(text: bytes) -> list[int]:
        found: list[int] = []
        for one in searches:
            if numbers := one(text):
                found += numbers
        return found

    return search


def _halves(patterns: Sequence[str], numbers: list[int]) -> list[tuple[Prefiltered, list[int]]]:
    """Filters that together hold the patterns, as few as the engine's memory allows."""
    if not numbers:
        return []
    try:
        made = Prefiltered([*(patterns[number] for number in numbers), _PROBE])
        if len(numbers) in made.possible(_PROBE.encode()):
            return [(made, numbers)]
    except PatternError:
        if len(numbers) == 1:
            raise
    middle = len(numbers) // 2
    return [*_halves(patterns, numbers[:middle]), *_halves(patterns, numbers[middle:])]


def _without_literal(patterns: Sequence[str], numbers: list[int]) -> list[int]:
    weak = []
    for made, held in _halves(patterns, numbers):
        weak += [held[at] for at in made.possible(_ANY_TWO) if at < len(held)]
    return sorted(weak)


def _filtered(patterns: Sequence[str], numbers: list[int]) -> list[Search]:
    return [_without_probe(made.search, held) for made, held in _halves(patterns, numbers)]


def _without_probe(find: Search, held: list[int]) -> Search:
    probe = len(held)
    plain = held == list(range(probe))

    def search(text: bytes) -> list[int] | None:
        found = find(text)
        if found is None:
            return None
        if found[-1] == probe:
            found.pop()
        return found if plain else [held[at] for at in found]

    return search


def _in_one_pass(patterns: Sequence[str], held: list[int], of: int) -> Search:
    """The empty pattern in front always matches: where it does not, the automaton ran out of memory on that text."""
    memory = max(_LEAST_MEMORY, _MEMORY * len(held) // of)
    made = [patterns[number] for number in held]
    find = OnePass(["", *made], memory).search
    alone = [searcher(pattern) for pattern in made]

    def search(text: bytes) -> list[int]:
        found = find(text)
        if found is None or 0 not in found:
            words = text.decode()
            return [number for number, occurs in zip(held, alone, strict=True) if occurs(words)]
        return [held[at - 1] for at in found if at]

    return search
