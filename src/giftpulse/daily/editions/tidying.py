"""Bringing a text into the form in which it is checked, kept and sent."""

import re

from giftpulse.twilio.gsm import to_gsm

_PAIRS = (('"', '"'), ("'", "'"), ("«", "»"), ("“", "”"), ("„", "“"), ("‘", "’"), ("「", "」"))
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


def tidy(raw: str) -> str:
    """The text in GSM-7 characters as far as it has any (and NFC), without spare spaces and quotes around it.

    Lines stay lines, empty ones go. Tidying twice changes nothing.
    """
    text = _spaced(to_gsm(raw))
    while (bare := _unquoted(text)) != text:
        text = _spaced(to_gsm(bare))
    return text


def _spaced(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _unquoted(text: str) -> str:
    """The text without one pair of quotes around all of it; quotes around its parts stay."""
    for opening, closing in _PAIRS:
        inner = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing:
            quoted = _APOSTROPHE.sub("", inner)
            if opening not in quoted and closing not in quoted:
                return inner
    return text
