"""Whether a text may go out, and if not, why: what a model wrote and what a person typed pass here alike."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from giftpulse.daily.editions import wording
from giftpulse.daily.editions.likeness import Said
from giftpulse.daily.editions.placeholders import longest, problems
from giftpulse.daily.editions.size import too_long, with_footer
from giftpulse.daily.editions.tidying import tidy
from giftpulse.daily.editions.tongue import base, foreign
from giftpulse.daily.editions.words import words
from giftpulse.twilio.segments import GSM_ALPHABET, Count, count

_MOST_READ = 2_000  # characters, more than Twilio takes (1,600); what is longer is not read
_SHOWN = 160  # characters of an earlier text, in a reason

SPELLED_IN_GSM = frozenset({"da", "de", "en", "fi", "it", "nb", "nn", "no", "sv"})
"""Languages whose every letter GSM-7 has. The others may use letters of their own, which costs them room."""

_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True, slots=True)
class TextRules:
    """What the texts of a program must keep to.

    ``max_segments`` counts the text at its longest together with ``footer``. ``banned_words`` are words or phrases,
    in any case and with or without accents. ``language`` is an ISO 639 code.
    """

    max_segments: int = 1
    banned_words: tuple[str, ...] = ()
    allow_links: bool = False
    language: str = "en"
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``text`` as it may be kept, what speaks against it, and what it costs at its longest with the footer."""

    text: str
    reasons: tuple[str, ...]
    count: Count

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def check(text: str, rules: TextRules, said: Said) -> Verdict:
    """The verdict on a text. Every reason is a sentence that begins with "it", fit to be put into a prompt."""
    tidied = tidy(text[:_MOST_READ])
    misplaced = problems(tidied)
    full = tidied if misplaced else longest(tidied)
    costs = count(with_footer(full, rules.footer))
    if not words(tidied):
        reasons: tuple[str, ...] = ("it is empty, or says nothing in words",)
    elif len(text) > _MOST_READ:
        reasons = (f"it is {len(text):,} characters long, far more than a text message may have",)
    else:
        of_size = too_long(full, rules.footer, rules.max_segments)
        reasons = (*misplaced, *of_size, *_of_words(text, tidied, rules), *_repeated(tidied, said))
    return Verdict(tidied, reasons, costs)


def _of_words(raw: str, text: str, rules: TextRules) -> Iterator[str]:
    yield from _unsendable(text, rules.language)
    yield from foreign(text, rules.language)
    if not rules.allow_links:
        yield from wording.links(text)
    yield from wording.addresses(text)
    yield from wording.markup(unicodedata.normalize("NFC", raw).strip())
    yield from _banned(text, rules.banned_words)
    yield from wording.talk(text)
    yield from wording.ending(text)
    yield from wording.shouting(text)


def _unsendable(text: str, language: str) -> Iterator[str]:
    """Characters that make a text cost double for nothing: symbols, and letters where the language needs none."""
    outside = [letter for letter in text if letter not in GSM_ALPHABET]
    if base(language) not in SPELLED_IN_GSM:
        outside = [letter for letter in outside if unicodedata.category(letter)[0] not in "LMNPZ"]
    seen = [letter for letter in outside if letter.isprintable() and not unicodedata.category(letter).startswith("M")]
    if outside:
        shown = seen or [f"U+{ord(letter):04X}" for letter in outside]
        yield f"it contains characters that are not in the GSM alphabet: {wording.listed(shown)}"


def _banned(text: str, banned: Iterable[str]) -> Iterator[str]:
    spoken = words(text)
    joined, spaced = "".join(spoken), f" {' '.join(spoken)} "
    found = []
    for phrase in map(str.strip, banned):
        wanted = words(phrase)
        if not wanted:
            hit = bool(phrase) and phrase in text
        elif unicodedata.name(wanted[0][0], "").startswith(_WITHOUT_SPACES):
            hit = "".join(wanted) in joined
        else:
            hit = f" {' '.join(wanted)} " in spaced
        if hit:
            found.append(phrase)
    if found:
        yield f"it contains words that must not be used: {wording.listed(found)}"


def _repeated(text: str, said: Said) -> Iterator[str]:
    found = said.nearest(text)
    if found is None or not found.too_alike:
        return
    earlier = found.text if len(found.text) <= _SHOWN else found.text[:_SHOWN] + "..."
    yield f'it was said before: "{earlier}"' if found.exact else f'it is too alike to an earlier text: "{earlier}"'
