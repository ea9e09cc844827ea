"""The words of a text as they are compared: without case, accents, punctuation and placeholders."""

import re
import unicodedata

_NOT_SPOKEN = re.compile(r"\{\w*\}|['’]")
_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words in their order; "It's" is ``its``, "café" is ``cafe``. A run of letters is a word, in any script."""
    plain = _NOT_SPOKEN.sub("", text).casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _WORD.findall(plain)
