"""Likeness: whether a text was said before, among 10,000 past texts, against a plain loop of rapidfuzz."""

import random
import time
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz import fuzz

from bench import Figure
from giftpulse.daily.editions.library import texts
from giftpulse.daily.editions.likeness import Said

_PAST = 10_000


def history(number: int, seed: int) -> list[str]:
    """Different texts of natural length and words: half of one text of the library, half of another, words swapped."""
    chance = random.Random(seed)
    library = [text.text.split() for text in texts("en")]
    words = [word for text in library for word in text]
    made: dict[str, None] = {}
    while len(made) < number:
        one, other = chance.sample(library, 2)
        text = one[: len(one) // 2] + other[len(other) // 2 :]
        made[" ".join(chance.choice(words) if chance.random() < 0.3 else word for word in text)] = None
    return list(made)


def reworded(text: str, chance: random.Random) -> str:
    """A text with its halves exchanged and one word left out."""
    words = text.split()
    words = words[len(words) // 2 :] + words[: len(words) // 2]
    del words[chance.randrange(len(words))]
    return " ".join(words)


def loop(past: Sequence[str], text: str) -> int:
    """The peer: every past text in turn, by characters and by words. Returns the place of the most alike."""
    text = text.casefold()
    scores = (max(fuzz.ratio(text, other), fuzz.token_sort_ratio(text, other)) for other in past)
    return max(enumerate(scores), key=lambda pair: pair[1])[0]


def run(quick: bool) -> Iterator[Figure]:
    """New texts, and reworded old ones that must be found."""
    chance = random.Random(7)
    made = history(_PAST + 200, seed=1)
    past, new = made[:_PAST], made[_PAST:]
    folded = [text.casefold() for text in past]
    started = time.perf_counter()
    said = Said(past)
    yield Figure("reading the past texts", 1000 * (time.perf_counter() - started), "ms", f"{len(said):,} texts")
    new = new[:20] if quick else new
    old = chance.sample([text for text in past if len(text.split()) >= 12], len(new))
    changed = [reworded(text, chance) for text in old]
    for text, query in zip(old, changed, strict=True):
        found = said.nearest(query)
        if found is None or not found.too_alike:
            raise AssertionError(f"not found again: {query!r}, of {text!r}")
    for name, queries in (("a new text", new), ("a reworded text", changed)):
        ours = _times(said.nearest, queries)
        peer = _times(lambda text: loop(folded, text), queries[: 10 if quick else 40])
        yield Figure(f"{name}: loop of rapidfuzz", 1000 * peer[len(peer) // 2], "ms", "median")
        note = f"median; the slowest of {len(ours)} took {1000 * ours[-1]:.1f} ms"
        yield Figure(f"{name}: ours", 1000 * ours[len(ours) // 2], "ms", note)
        yield Figure(f"{name}: checks in a second", len(ours) / sum(ours), "checks/s", floor=20)


def _times(check: Callable[[str], object], queries: Sequence[str]) -> list[float]:
    """How long each check took, the quickest first, in seconds."""
    taken = []
    for query in queries:
        started = time.perf_counter()
        check(query)
        taken.append(time.perf_counter() - started)
    return sorted(taken)
