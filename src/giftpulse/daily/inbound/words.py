"""A text as it is compared: without case, accents, invisible characters, look-alikes and drawn-out letters."""

import re
import unicodedata

# Cyrillic and Greek letters that look like ours, after case is gone ("ЅТОР" is written to look like "STOP").
_LOOK_ALIKES = str.maketrans("авеікмнорстухѕјԁԛԝαβεικνορτυχ", "abeikmhopctyxsjdqwabeikvoptyx")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼʹ′´`＇", "'"))
_DASHES = re.compile("[‐‑‒–—―−]")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
# A "not" before a full stop has nothing to say about the words after it, but "never, ever stop" is one breath.
_BREATH = re.compile(r"[.!?;:\n]+|,(?!\s*ever\b)|\s-\s")
_ELISION = re.compile(r"^(?:[a-z]|qu)'")


def fold(text: str) -> str:
    """The text in lower case without accents and invisible characters; plain quotes, dashes and single spaces."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    seen = (letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn", "Me"))
    text = "".join(seen).translate(_LOOK_ALIKES)
    return _SPACES.sub(" ", _DASHES.sub("-", text)).strip()


def words(text: str) -> list[str]:
    """The words of a text, folded: ``Don’t STOOOOP!`` gives ``dont``, ``stop``.

    An apostrophe after one letter (or ``qu``) parts two words, as in ``j'arrête``; any other one just goes.
    Letters that stand three times or more stand once.
    """
    parts = (_ELISION.sub(lambda found: found[0][:-1] + " ", part) for part in _WORD.findall(fold(text)))
    return [_DRAWN_OUT.sub(r"\1", word) for part in parts for word in part.replace("'", "").split()]


def sentence(text: str) -> str:
    """The words of a text with one space between them, as phrases are searched in."""
    return " ".join(words(text))


def breaths(text: str) -> list[str]:
    """The parts of a text between full stops, commas and the like, each as a :func:`sentence`; none is empty."""
    return [part for piece in _BREATH.split(text.casefold()) if (part := sentence(piece))]
