"""Placeholders in a text, such as ``{first_name}``: which there are, what is wrong with a text, and filling them in.

Plain replacing, and nothing else: a text comes from a model or a person, and must not reach into our objects.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from giftpulse.ground.errors import FieldError, InvalidInputError
from giftpulse.twilio.gsm import to_gsm
from giftpulse.twilio.segments import GSM_ALPHABET, count

LONGEST: Mapping[str, int] = MappingProxyType({"first_name": 20})
"""Every placeholder, and how many characters its value may have. Longer values are cut when the text is filled in."""

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_WIDEST = "W"  # of one septet, like every other letter of the GSM alphabet
_SHOWN = 30  # characters of what somebody wrote, in a reason

# A full stop inside a word is none of a name's: telephones make a link of what looks like a domain.
_STOP_INSIDE = re.compile(r"\.(?=\w)")
_IN_NAMES = frozenset(" .'-")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?…\n])\s*$")
_UNJOINED = {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th"}
"""Letters that no accent can be taken off."""


def defaults(language: str) -> Mapping[str, str]:
    """What stands in for values that are not known. Empty where the language has no word that fits everybody."""
    return {"first_name": "friend" if language.lower().startswith("en") else ""}


def problems(text: str) -> list[str]:
    """What is wrong with the placeholders of a text, in sentences that begin with "it"; empty if nothing is."""
    known = ", ".join(f"{{{name}}}" for name in LONGEST)
    found: dict[str, None] = {}
    for braces in _BRACES.finditer(text):
        name = braces.group(1)
        if name is None:
            found["it contains a brace that belongs to no placeholder"] = None
        elif name not in LONGEST:
            found[f"it contains {{{name[:_SHOWN]}}}, which is no placeholder; there is {known}"] = None
    return list(found)


def render(text: str, values: Mapping[str, str | None], defaults: Mapping[str, str]) -> str:
    """The text with its placeholders filled in.

    Values are made fit first (:func:`fitting`), and plain if the text is GSM-7: no name makes a text longer than
    :func:`longest` says, nor turns it into UCS-2. Where nothing is left of a value its default is used, with a capital
    at the beginning of a sentence. An empty default takes the commas of the address with it: "Rest, {first_name}."
    becomes "Rest." Raises :class:`InvalidInputError` at ``text`` if :func:`problems` finds any.
    """
    if wrong := problems(text):
        raise InvalidInputError(*(FieldError("text", reason) for reason in wrong))
    gsm = count(text).encoding == "GSM-7"
    filled = {name: fitting(name, values.get(name) or "", gsm=gsm) for name in LONGEST}
    instead = {name: fitting(name, defaults.get(name, ""), gsm=gsm) for name in LONGEST}
    for name in LONGEST:
        if not filled[name] and not instead[name]:
            text = _without(text, name)

    def fill(braces: re.Match[str]) -> str:
        name = braces.group(1)
        return filled[name] or _placed(instead[name], text[: braces.start()])

    return _BRACES.sub(fill, text)


def longest(text: str) -> str:
    """The text as long as it can become. It must have no :func:`problems`."""
    return render(text, {name: _WIDEST * most for name, most in LONGEST.items()}, {})


def fitting(name: str, value: str, *, gsm: bool) -> str:
    """A value as it is put into a text: letters, digits, spaces, and ``.'-`` only, and no longer than may be.

    What is too long ends after a whole word, or if the first word alone is too long, within it. For a text in
    ``gsm``, accents that GSM-7 lacks are left out ("Maria"), and a name in another script is left out altogether.
    """
    spelled = _STOP_INSIDE.sub(" ", to_gsm(value))
    plain = " ".join("".join(letter if _may_stand(letter) else " " for letter in spelled).split())
    if gsm:
        plain = "".join(map(_plain, plain))
    if not any(map(str.isalnum, plain)) or (gsm and set(plain) - GSM_ALPHABET):
        return ""
    most = LONGEST[name]
    if len(plain) > most:
        plain = plain[: most + 1].rpartition(" ")[0] or _cut(plain, most)
    return plain.strip(" -")


def _may_stand(letter: str) -> bool:
    return letter.isalnum() or letter in _IN_NAMES or unicodedata.category(letter).startswith("M")


def _plain(letter: str) -> str:
    """The letter, or the one of the GSM alphabet that it is an accented form of, if there is one."""
    if letter in GSM_ALPHABET:
        return letter
    return _UNJOINED.get(letter) or unicodedata.normalize("NFD", letter)[0]


def _cut(word: str, most: int) -> str:
    """The beginning of a word, never between a letter and its accent."""
    while most and unicodedata.combining(word[most]):
        most -= 1
    return word[:most]


def _placed(default: str, before: str) -> str:
    return default[0].upper() + default[1:] if _SENTENCE_BEFORE.search(before) else default


def _without(text: str, name: str) -> str:
    """The text without addressing anybody by that placeholder."""
    braces = re.escape(f"{{{name}}}")
    opening = re.compile(rf"(\A|[.!?…\n]\s*){braces}[,:.!…]?\s*(\w?)")
    text = opening.sub(lambda found: found.group(1) + found.group(2).upper(), text)
    return re.sub(rf",\s*{braces},?|\s*{braces}", "", text).strip()
