"""What the words of a text must not be: links, addresses, markup, shouting, talk about the task, half a sentence.

Each function gives its reasons as sentences that begin with "it", fit to be shown or put into a prompt.
"""

import re
from collections.abc import Iterable, Iterator

_SHOWN = 40  # characters of what was found, in a reason

_EMAIL = re.compile(r"[^\s@<>,;:]{1,64}@[^\s@<>,;:]{1,190}\.[^\W_]{2,}")

# A stop between two letters is enough: telephones make a link of "rest.today" as well, and there are too many
# top-level domains to list. Single letters ("e.g.", "a.m.") are none, but "t.co" is.
_LINK = re.compile(
    r"\b[a-z][a-z+.-]{0,20}://\S*"
    r"|\b(?:mailto|tel|sms):\S+"
    r"|\bwww\.\S+"
    r"|(?<![\w.])(?:[^\W_][\w-]+\.)+[^\W\d_]{2,}(?:/\S*)?"
    r"|(?<![\w.])[^\W_]\.(?:com?|cc|gg|gl|io|is|li|ly|me|net|org)\b(?:/\S*)?"
    r"|\b\w+ ?[(\[]?\bdot\b[)\]]? ?(?:com|org|net|io|ly)\b"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[\s()./-]{0,2}\d){6,14}(?!\w)")

_MARKUP = re.compile(
    r"\*\*|__|~~|`+"
    r"|^[ \t]*(?:#{1,6}|[-*+•>]|\d{1,2}[.)])[ \t]"
    r"|(?<!\w)([*_])\w(?:[^*_\n]*\w)?\1(?!\w)"
    r"|\[[^\]\n]*\]\([^)\n]*\)"
    r"|</?[a-z][^>\n]*>|&(?:[a-z]{2,8}|#\d+);",
    re.IGNORECASE | re.MULTILINE,
)
_TAG = re.compile(r"(?<!\w)[#@][^\W\d]\w*")

_NOUN = r"(?:text|message|sms|draft|version|option|suggestion|mensaje|texto|texte)s?"
_HANDED_OVER = rf"\b(?:{_NOUN}|you go|you are|tienes)\b"
_PREAMBLE = re.compile(
    rf"(?:(?:sure|certainly|absolutely|of course|okay|ok|great)\b[^\w\n]*)?"
    rf"(?:(?:here(?:'s| is| are)?|voici|voil[aà]|aqu[ií])\b[^.!?:\n]{{0,60}}{_HANDED_OVER}[^.!?:\n]{{0,40}}"
    rf"|(?:your|today's|the|daily|positive)\b(?: \w+){{0,3}} {_NOUN}(?: \w+){{0,2}}"
    rf"|{_NOUN}(?: \w+)?):",
    re.IGNORECASE,
)
_ABOUT_THE_TASK = re.compile(
    r"\bas an ai\b|\blanguage model\b|\blet me know if\b|\bhope this helps\b"
    r"|^(?:sure|certainly|absolutely|of course)\b[^\w\n]*(?:here|i)\b"
    r"|^(?:i'm |i am )?(?:sorry|i)\b[^.\n]{0,20}\b(?:can't|cannot|unable to)\b"
    r"|\(\s*\d+ (?:characters|chars|septets|words|caracteres|caractères|mots|palabras)\b",
    re.IGNORECASE,
)

_CLOSING = "\"')]»”’」"
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_PLACEHOLDER = re.compile(r"\{\w*\}")
_MOST_EXCLAMATIONS = 2
_FEW_LETTERS = 8  # "OK!" is not shouted


def links(text: str) -> Iterator[str]:
    """Addresses on the web, with or without scheme, and whatever a telephone would make one of."""
    yield from _found("a link", _LINK, _EMAIL.sub(" ", text))


def addresses(text: str) -> Iterator[str]:
    """E-mail addresses and phone numbers."""
    yield from _found("an e-mail address", _EMAIL, text)
    yield from _found("a phone number", _NUMBER, text)


def markup(text: str) -> Iterator[str]:
    """Markdown, HTML, hashtags and handles."""
    yield from _found("markup, not only plain words", _MARKUP, text)
    yield from _found("a hashtag or handle", _TAG, _EMAIL.sub(" ", text))


def talk(text: str) -> Iterator[str]:
    """Words about the task in place of the text: "Here is your message:", or a refusal."""
    if opening := _PREAMBLE.match(text):
        yield f'it begins with "{_short(opening.group())}"; it must be the text alone'
    elif about := _ABOUT_THE_TASK.search(text):
        yield f'it speaks about the task ("{_short(about.group())}"); it must be the text alone'


def ending(text: str) -> Iterator[str]:
    """Whether the last sentence ends."""
    if not text.rstrip(_CLOSING).endswith(_ENDS):
        yield "it ends in the middle of a sentence, or without a full stop"


def shouting(text: str) -> Iterator[str]:
    """Mostly capitals, or exclamation marks by the dozen."""
    spoken = _PLACEHOLDER.sub("", text)
    capitals = sum(map(str.isupper, spoken))
    cased = capitals + sum(map(str.islower, spoken))
    if cased >= _FEW_LETTERS and 2 * capitals > cased:
        yield "it is mostly in capitals"
    marks = text.count("!") + text.count("！")
    if marks > _MOST_EXCLAMATIONS:
        yield f"it has {marks} exclamation marks; at most {_MOST_EXCLAMATIONS}"


def listed(found: Iterable[str]) -> str:
    """Things that were found, in quotes, each once."""
    return ", ".join(f'"{_short(each)}"' for each in dict.fromkeys(found))


def _found(what: str, pattern: re.Pattern[str], text: str) -> Iterator[str]:
    if found := [match.group() for match in pattern.finditer(text)]:
        yield f"it contains {what}: {listed(found)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
