"""The very text that goes to one person: the edition with their name, and the footer when it is its turn. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from giftpulse.daily.editions import placeholders
from giftpulse.daily.editions.size import with_footer
from giftpulse.twilio.segments import count


@dataclass(frozen=True, slots=True)
class Composed:
    """A text and what it costs by our own count."""

    body: str
    segments: int
    hash: bytes


@lru_cache(maxsize=8192)
def compose(text: str, first_name: str | None, language: str, footer: str) -> Composed:
    """Fill in the name (or what stands for it), add the footer, count."""
    if "{" not in text:
        return _counted(with_footer(text, footer))
    values = {"first_name": first_name} if first_name else {}
    filled = placeholders.render(text, values, placeholders.defaults(language))
    return _counted(with_footer(filled, footer))


def has_footer(every: int, share: int, local_date: date) -> bool:
    """Whether a person's text of this date has the footer: each n-th, on another day for each person."""
    return every > 0 and (local_date.toordinal() + share) % every == 0


def body_hash(body: str) -> bytes:
    """What recognises a text in Twilio's list. White space does not count: gateways trim it."""
    return hashlib.blake2b(" ".join(body.split()).encode("utf-8", "replace"), digest_size=16).digest()


def _counted(body: str) -> Composed:
    return Composed(body, count(body).segments, body_hash(body))
