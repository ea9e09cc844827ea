"""Word lists of several languages, and phrases written in them as people would write them.

In a phrase ``a|b`` is either word, ``a?`` may be missing, and ``<name>`` is any word of that name in ``[lists]`` of the
same file. The last word is always there. Case, accents and apostrophes matter as little as in the texts themselves.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from giftpulse.daily.inbound.words import sentence

CUT = "~"
"""Stands for what was cut out of a sentence. No phrase matches it, so what is left does not grow together."""

_NAME = re.compile(r"<(\w+)>")


@cache
def phrase_lists(folder: str) -> Mapping[str, tuple[str, ...]]:
    """The lists of every language in a folder beside this file; those of one name are joined."""
    joined: dict[str, tuple[str, ...]] = {}
    for language in _languages(folder):
        named = language.get("lists", {})
        for key, phrases in language.items():
            if isinstance(phrases, list):
                joined[key] = joined.get(key, ()) + tuple(_named(phrase, named) for phrase in phrases)
    return joined


@cache
def typos(folder: str) -> Mapping[str, str]:
    """What is often typed, and the word that is meant, of every language in the folder; both folded."""
    return {
        sentence(typed): sentence(meant)
        for language in _languages(folder)
        for meant, slips in language.get("typos", {}).items()
        for typed in slips
    }


def _languages(folder: str) -> list[dict[str, Any]]:
    found = sorted(files("giftpulse.daily.inbound").joinpath(folder).iterdir(), key=lambda file: file.name)
    return [tomllib.loads(file.read_text("utf-8")) for file in found if file.name.endswith(".toml")]


def _named(phrase: str, lists: Mapping[str, list[str]]) -> str:
    return _NAME.sub(lambda found: "|".join(lists[found[1]]), phrase)


def pattern(phrases: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str]:
    """Finds any of the phrases in a :func:`~giftpulse.daily.inbound.words.sentence`, as whole words.

    ``before`` and ``after`` are regular expressions for what must stand around it.
    """
    expressions = "|".join(_expression(phrase) for phrase in phrases)
    return re.compile(rf"{before}(?<!\S)(?:{expressions})(?!\S){after}")


def _expression(phrase: str) -> str:
    """Each piece brings the space after it, except the last one."""
    *before, last = phrase.split()
    return "".join(_piece(piece, " ") for piece in before) + _piece(last, "")


def _piece(piece: str, space: str) -> str:
    choices = "|".join(re.escape(sentence(choice)) for choice in piece.removesuffix("?").split("|"))
    return f"(?:(?:{choices}){space})" + ("?" if piece.endswith("?") else "")
