"""Local dates and instants as people type them, whether past or to come."""

from datetime import UTC, date, datetime

from giftpulse.ground.errors import InvalidInputError

FIRST, LAST = date(2020, 1, 1), date(2199, 12, 31)
"""Local dates that texts may have."""

DATE = "A local date, such as 2026-11-20"
INSTANT = "An instant, such as 2026-11-20T18:00Z; UTC if no zone"


def read_date(text: str, field: str) -> date:
    """The date that was typed. Raises InvalidInputError if it is none, or out of range."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInputError.at(field, f"{text!r} is none of: {DATE}") from None
    if not FIRST <= found <= LAST:
        raise InvalidInputError.at(field, f"expected a date from {FIRST} to {LAST}")
    return found


def read_instant(text: str, field: str) -> datetime:
    """The instant that was typed. Raises InvalidInputError if it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError.at(field, f"{text!r} is none of: {INSTANT}") from None
