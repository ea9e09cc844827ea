"""Not said before: how alike a new text is to everything that a program has said already.

A text is compared as the set of its letter triples, taken word by word: the order of words and sentences does not
matter then, endings and small words matter little, and a common opening is only as much as its share of the whole.
The score is the share of triples that two texts have in common (Dice), from 0 to 100.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from giftpulse.daily.editions.words import words

TOO_ALIKE = 67.0
"""From this score on a text says what was said before.

A text with its sentences reordered or lightly reworded was measured at 69 to 100, different texts that open with the
same ten words at 65, with the same three or four at 40 to 60, and no two texts of our library at more than 51. What
is repeated but for an eighth and then goes on reaches it as well, by ``_GROWN``.
"""

_GROWN = 20.0  # What is wholly found in a longer text is as alike as 80: taken off the share of the shorter one.
_ENOUGH = 25  # Fewer triples than these (some five words) are found in longer texts by chance.
_WORTH_A_LOOK = 45.0  # _ENOUGH triples within 75 have a Dice of 50; nine tenths of them, 45.

_FIRST, _CODES = 0x10000, 0x100000  # Unicode from its second plane to its end: no surrogates among them


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a text is to ``text``, which was said before. ``score`` is 0 to 100; ``exact`` means letter for letter,
    leaving out case, accents, punctuation, spaces and placeholders."""

    text: str
    score: float
    exact: bool

    @property
    def too_alike(self) -> bool:
        """Whether the new text should not be said."""
        return self.exact or self.score >= TOO_ALIKE


class Said:
    """The past texts of one program, ready to be compared with. Not for several threads at once."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self._shapes: list[str] = []
        self._by_letters: dict[str, str] = {}
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        """How many different texts were said."""
        return len(self._texts)

    def add(self, text: str) -> None:
        """Note a text as said. One without any letter or digit, or that was said before, adds nothing."""
        spoken = words(text)
        letters = "".join(spoken)
        if letters and letters not in self._by_letters:
            self._by_letters[letters] = text
            self._texts.append(text)
            self._shapes.append(_shape(spoken))

    def nearest(self, text: str) -> Likeness | None:
        """The most alike of the past texts, or None if nothing was said or the text has no letter or digit."""
        spoken = words(text)
        letters = "".join(spoken)
        if not letters or not self._texts:
            return None
        if letters in self._by_letters:
            return Likeness(self._by_letters[letters], 100.0, exact=True)
        shape = _shape(spoken)
        found = process.extract(shape, self._shapes, scorer=fuzz.ratio, limit=None, score_cutoff=_WORTH_A_LOOK)
        if not found:
            found = process.extract(shape, self._shapes, scorer=fuzz.ratio, limit=1)
        score, at = max((_score(shape, other, dice), at) for other, dice, at in found)
        return Likeness(self._texts[at], score, exact=False)


def _shape(spoken: Iterable[str]) -> str:
    """The triples of the words, each as one character, in a fixed order.

    The longest common subsequence of two such strings is what their sets have in common, so that ``fuzz.ratio`` of
    them is the Dice coefficient of the sets, at the speed of native code.
    """
    return "".join(sorted(frozenset[str]().union(*map(_triples, spoken))))


@lru_cache(maxsize=16_384)
def _triples(word: str) -> frozenset[str]:
    padded = f" {word} "
    found = (padded[i : i + 3] for i in range(len(word)))
    return frozenset(chr(_FIRST + zlib.crc32(triple.encode("utf-8", "surrogatepass")) % _CODES) for triple in found)


def _score(shape: str, other: str, dice: float) -> float:
    """Dice; or, for a text that was said and is now longer or shorter, how much of the shorter is in the longer."""
    shorter = min(len(shape), len(other))
    if shorter < _ENOUGH:
        return dice
    common = dice * (len(shape) + len(other)) / 2
    return max(dice, common / shorter - _GROWN)
