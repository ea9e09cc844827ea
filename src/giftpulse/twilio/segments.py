"""How many segments a text is sent and billed as.

GSM-7 has room for 160 septets in one segment and 153 in each of several, UCS-2 for 70 and 67 UTF-16 units, since a
header of six bytes joins them. One character outside the GSM alphabet makes the whole text UCS-2. Sources: 3GPP TS
23.038 (alphabet) and 23.040 (header), https://www.twilio.com/docs/glossary/what-sms-character-limit . Twilio's
``num_segments`` is what is billed; this is the prediction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
"""Characters that take two septets, an escape and themselves. In UCS-2 they are one unit like any other."""

GSM_ALPHABET = GSM_DOUBLE | frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Every character that can be sent as GSM-7. Note the lack of: backtick, tab, ``ç``, ``á``, ``í``, ``ó``, ``ú``."""

_ROOM: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_LAST_OF_ONE_UNIT = "\uffff"


@dataclass(frozen=True, slots=True)
class Count:
    """What a text costs.

    ``units`` are septets in GSM-7 and UTF-16 units in UCS-2. ``forced_by`` is the first character that is not in the
    GSM alphabet, at the index ``forced_at`` of the text; both are None in GSM-7.
    """

    encoding: Encoding
    segments: int
    units: int
    forced_by: str | None = None
    forced_at: int | None = None


def count(text: str) -> Count:
    """Encoding, segments and units of a text; never less than one segment, even if the text is empty.

    A pair (escape and character, or two surrogates) is never torn apart by the end of a segment, so a text may need
    one segment more than its units divided by the room. An emoji of several characters may be torn between them.
    """
    outside = set(text) - GSM_ALPHABET
    if not outside:
        doubled = sum(map(text.count, GSM_DOUBLE))
        sizes = (2 if letter in GSM_DOUBLE else 1 for letter in text)
        return Count("GSM-7", _segments("GSM-7", len(text) + doubled, doubled, sizes), len(text) + doubled)
    pairs = sum(text.count(letter) for letter in outside if letter > _LAST_OF_ONE_UNIT)
    sizes = (2 if letter > _LAST_OF_ONE_UNIT else 1 for letter in text)
    segments = _segments("UCS-2", len(text) + pairs, pairs, sizes)
    at, letter = next((at, letter) for at, letter in enumerate(text) if letter in outside)
    return Count("UCS-2", segments, len(text) + pairs, letter, at)


def _segments(encoding: Encoding, units: int, pairs: int, sizes: Iterable[int]) -> int:
    single, several = _ROOM[encoding]
    if units <= single:
        return 1
    return _packed(sizes, several) if pairs else -(-units // several)


def _packed(sizes: Iterable[int], room: int) -> int:
    """How many segments are filled when each item goes whole into the last one, or opens another."""
    filled, used = 1, 0
    for size in sizes:
        if used + size > room:
            filled, used = filled + 1, 0
        used += size
    return filled
