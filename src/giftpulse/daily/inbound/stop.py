"""Whether a text asks for no more texts, in whatever words.

Twilio hears eight words, alone. The law hears "any reasonable means" (47 CFR 64.1200(a)(10)), so we listen to the rest.
"""

import re
from functools import cache

from rapidfuzz.distance import OSA

from giftpulse.daily.inbound.phrases import CUT, pattern, phrase_lists, typos
from giftpulse.daily.inbound.words import breaths, words

TWILIO_STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
"""Twilio's own words, https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out ; they are its whole body."""

_SHORT = 4
_SHORT_STOP = re.compile(r"(?<!\S)stop(?!\S)")
_SIGNS = frozenset("🛑⛔🚫✋")
_FOLDER = "stop_words"
# Long words in which fingers slip more than a list can hold. "Subscribe" is two letters away, hence the first letter.
_LONG_WORDS = ("unsubscribe", "desabonner", "desinscrire", "desuscribir")
_SLIPS = 2


def stop_reason(body: str) -> str | None:
    """Why the text is a stop, in words for the record; None when it is not one."""
    if body.strip().upper() in TWILIO_STOP:
        return f"Twilio's keyword {body.strip().upper()}"
    said = "".join(words(body))
    if not said:
        return "a stop sign" if _SIGNS & set(body) else None
    if said in _run_together():
        return f"says '{said}'"
    found = _phrases("always").search(_corrected(body)) or _found_in(
        [_phrases("harmless").sub(CUT, _corrected(breath)) for breath in breaths(body)]
    )
    return f"says '{found[0]}'" if found else None


def _found_in(parts: list[str]) -> re.Match[str] | None:
    text = " ".join(parts)
    found = _phrases("anywhere").search(text) or _last().search(text) or _only("alone", text)
    for part in parts:
        found = found or _only("strong", part) or _first().match(part)
    return found or (_SHORT_STOP.search(text) if len(text.split()) <= _SHORT else None)


def _only(key: str, text: str) -> re.Match[str] | None:
    """The first phrase of a list, if all the rest of the text is such phrases too, or words of no weight."""
    found = _phrases(key).search(text)
    rest = _phrases(key).sub("", text).split()
    return found if found and _filler().issuperset(rest) else None


def _corrected(text: str) -> str:
    """The words of a text, with the slips of fingers undone."""
    return " ".join(typos(_FOLDER).get(word) or _near(word) or word for word in words(text))


def _near(word: str) -> str | None:
    """The long word that this one is meant to be, if any."""
    alike = (long for long in _LONG_WORDS if long[0] == word[0] and OSA.distance(long, word) <= _SLIPS)
    return next(alike, None)


@cache
def _phrases(key: str) -> re.Pattern[str]:
    return pattern(phrase_lists(_FOLDER)[key])


@cache
def _first() -> re.Pattern[str]:
    return pattern(phrase_lists(_FOLDER)["first"], before=f"^(?:(?:{'|'.join(sorted(_filler()))}) )*")


@cache
def _last() -> re.Pattern[str]:
    return pattern(phrase_lists(_FOLDER)["last"], after=f"(?=(?: (?:{'|'.join(sorted(_filler()))}))*$)")


@cache
def _filler() -> frozenset[str]:
    return frozenset(word for phrase in phrase_lists(_FOLDER)["filler"] for word in words(phrase))


@cache
def _run_together() -> frozenset[str]:
    """What ``S T O P`` and ``un-subscribe`` come to."""
    return frozenset("".join(words(phrase)) for phrase in phrase_lists(_FOLDER)["strong"])
