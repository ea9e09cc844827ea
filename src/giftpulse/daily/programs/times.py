"""Minutes of a local day as programs and people have them in JSON and CSV: ``12:00``."""

import re

_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::00)?\Z", re.ASCII)

PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
"""How a time is written."""


def minute(text: str) -> int:
    """The minute of the day, 0 to 1440. Raises ``ValueError``."""
    found = _CLOCK.match(text.strip())
    value = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= value <= 24 * 60:
        raise ValueError("expected a time of day such as 09:30, from 00:00 to 24:00")
    return value


def clock(minute: int) -> str:
    """The time of a minute of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"
