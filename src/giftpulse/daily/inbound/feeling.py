"""How a text sounds: positive, neutral or negative, and whether its writer may be in danger.

Word lists in English, Spanish and French, read all together: whoever writes to a program in one language often answers
in another. It is a hint for people who look through replies; nothing is sent or stopped on account of the sentiment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from giftpulse.daily.inbound.danger import danger_in
from giftpulse.daily.inbound.phrases import CUT, pattern, phrase_lists
from giftpulse.daily.inbound.reactions import reaction
from giftpulse.daily.inbound.words import breaths, words

Sentiment = Literal["positive", "neutral", "negative"]

_FOLDER = "feeling_words"
_REACH = 3
"""How many words a "not" reaches."""
_PHRASE_WEIGHT = 2

_GLAD_SIGNS = frozenset("❤♥🧡💛💚💙💜💖💗💕💞💓🩷😊😀😃😄😁😆🤣😂🙂😍🥰😘🤗🥳🎉👍👏🙏🙌✨🌟☺😇🤩💯🫶")
_SAD_SIGNS = frozenset("😢😞😔😟🙁☹😣😖😫😩😠😡🤬👎💔😒🙄🤮😤😥😰😨🖕")


@dataclass(frozen=True, slots=True)
class Feeling:
    """``danger`` is True when the text speaks of harming oneself, in the words ``phrase``; it is negative then."""

    sentiment: Sentiment
    danger: bool = False
    phrase: str | None = None


def feel(body: str) -> Feeling:
    """How a text sounds. Never raises. Whether it is a stop as well is not looked at here."""
    verdict = reaction(body)
    if verdict is not None:
        return Feeling(verdict)
    phrase = danger_in(body)
    if phrase is not None:
        return Feeling("negative", danger=True, phrase=phrase)
    score = sum(_score(breath) for breath in breaths(body))
    signs = set(body)
    score += len(signs & _GLAD_SIGNS) - len(signs & _SAD_SIGNS)
    return Feeling("positive" if score > 0 else "negative" if score < 0 else "neutral")


def _score(breath: str) -> int:
    praised, praises = _phrases("praise").subn(CUT, breath)
    rest, blames = _phrases("blame").subn(CUT, praised)
    return _PHRASE_WEIGHT * (praises - blames) + sum(_weights(rest.split()))


def _weights(said: list[str]) -> Iterator[int]:
    """One for each glad word, less one for each sad one, and the other way round near a "not"."""
    for at, word in enumerate(said):
        weight = (word in _words("positive")) - (word in _words("negative"))
        before, after = said[max(at - _REACH, 0) : at], said[at + 1 : at + 2]
        turned = not _words("turns").isdisjoint(before) or not _words("turns_before").isdisjoint(after)
        yield -weight if turned else weight


@cache
def _phrases(key: str) -> re.Pattern[str]:
    return pattern(phrase_lists(_FOLDER)[key])


@cache
def _words(key: str) -> frozenset[str]:
    return frozenset(word for entry in phrase_lists(_FOLDER)[key] for word in words(entry))
