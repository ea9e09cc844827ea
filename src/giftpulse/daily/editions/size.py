"""Whether a text and its footer fit into the segments that are allowed, and if not, how much too long it is."""

from bisect import bisect_left
from collections.abc import Iterator

from giftpulse.twilio.gsm import to_gsm
from giftpulse.twilio.segments import Count, count

_LARGEST_SEGMENT = 160  # septets


def with_footer(text: str, footer: str) -> str:
    """A text as it is sent: with the footer on a line of its own, if there is one."""
    return f"{text}\n{to_gsm(footer)}" if footer else text


def too_long(text: str, footer: str, most: int) -> Iterator[str]:
    """The reason, if ``text`` (with no placeholders left) and its footer take more than ``most`` segments.

    Characters are counted as they are paid for: "[" as two in GSM-7, an emoji as two in UCS-2.
    """
    costs = count(with_footer(text, footer))
    if costs.segments > most:
        filler = _filler(costs)
        own = costs.units - count(with_footer(filler, footer)).units + len(filler)
        yield f"it is {own} characters long; at most {room(footer, most, filler)}{_because(text, costs)}"


def _filler(costs: Count) -> str:
    """A letter of one unit that leaves the encoding as it is."""
    return "W" if costs.encoding == "GSM-7" else "я"


def room(footer: str, most: int, filler: str = "W") -> int:
    """How many characters a text may have beside the footer: such that take one unit, as ``filler`` does."""
    sizes = range(1, _LARGEST_SEGMENT * most + 1)
    return bisect_left(sizes, True, key=lambda size: count(with_footer(filler * size, footer)).segments > most)


def _because(text: str, costs: Count) -> str:
    if costs.forced_by is None:
        return ""
    place = "it" if costs.forced_by in text else "the footer"
    return f', because of "{costs.forced_by}" in {place}'
