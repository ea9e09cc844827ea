"""Spreading people evenly over a span, always at the same place in it, without a table of who is where.

The same in SQL, in whole seconds of the Unix epoch, for an ``INSERT ... SELECT`` that plans many people at once::

    send_at = start_epoch + share * length / 2147483648

with ``length = seconds_of(span, margin_seconds)``. All are integers of 64 bits (on Postgres cast ``share`` to bigint
first: the product needs 48), and integer division cuts off, as in SQLite and Postgres for values that are not negative.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from giftpulse.daily.schedule.windows import Span

SHARES = 2**31
"""A share is one of this many, from 0 on: it fits in a signed column of 32 bits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def share(key: str) -> int:
    """The share of a person: an even hash of the key (the program and the phone number), the same everywhere."""
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) >> 1


def at(span: Span, share: int, margin_seconds: int = 0) -> datetime:
    """The instant of a share in a span, to whole seconds, never in the last ``margin_seconds`` of it.

    Where the margin leaves nothing, it is the start. Raises ``ValueError`` for a share or margin out of range.
    """
    if not 0 <= share < SHARES or margin_seconds < 0:
        raise ValueError(f"expected a share from 0 to {SHARES - 1} and no negative margin")
    return _EPOCH + _SECOND * at_epoch(start_of(span), seconds_of(span, margin_seconds), share)


def at_epoch(start_epoch: int, length: int, share: int) -> int:
    """The one formula, as SQL has it too: seconds of the epoch."""
    return start_epoch + share * length // SHARES


def start_of(span: Span) -> int:
    """The first whole second of a span, in seconds of the epoch."""
    return -((_EPOCH - span.start) // _SECOND)


def seconds_of(span: Span, margin_seconds: int = 0) -> int:
    """How many whole seconds of a span may be used: its length without the margin, at least 0."""
    end = (span.end - _EPOCH) // _SECOND
    return max(0, end - start_of(span) - margin_seconds)
