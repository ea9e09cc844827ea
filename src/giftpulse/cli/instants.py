"""Instants as people type them: a date, an instant, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from giftpulse.ground.errors import InvalidInputError

SINCE = "A date (2026-01-31), an instant (2026-01-31T08:00Z) or how long ago (90m, 12h, 3d, 2w); UTC if no zone"
"""Help of an option that is read by ``past``."""

_AGO = re.compile(r"(\d{1,6})([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def past(text: str, field: str, now: datetime) -> datetime:
    """The instant that was typed. Raises InvalidInputError if it is none, or not in the past."""
    found = _read(text.strip(), now)
    if found is None:
        raise InvalidInputError.at(field, f"{text!r} is none of: {SINCE}")
    if found >= now:
        raise InvalidInputError.at(field, f"expected an instant in the past, got {found.isoformat()}")
    return found


def _read(text: str, now: datetime) -> datetime | None:
    try:
        if ago := _AGO.match(text.lower()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
