"""The days of a week on which a program sends, as people write them and as they are stored."""

from giftpulse.daily.schedule.days import EVERY_DAY

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EXPECTED = 'expected days such as ["mon", "wed"], numbers from 0 (Monday) to 6, "mon-fri" or "daily"'


def mask(days: object) -> int:
    """The mask (bit 0 is Monday) of a list of names or numbers, of a range, or of "daily". Raises ``ValueError``."""
    if isinstance(days, str):
        found = _mask_of_text(days.strip().lower())
    elif isinstance(days, list | tuple):
        found = sum({1 << _number(day) for day in days})
    else:
        raise ValueError(_EXPECTED)
    if not found:
        raise ValueError("expected at least one day")
    return found


def names(mask: int) -> list[str]:
    """The names of the days of a mask, from Monday on."""
    return [name for number, name in enumerate(NAMES) if mask >> number & 1]


def _mask_of_text(text: str) -> int:
    if text in ("daily", "every day", "all"):
        return EVERY_DAY
    found = 0
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        day = _number(first)
        found |= 1 << day
        while dash and day != _number(last):
            day = (day + 1) % 7
            found |= 1 << day
    return found


def _number(day: object) -> int:
    if isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= 6:
        return day
    if isinstance(day, str) and len(day) >= 3:
        for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")):
            if name.startswith(day.strip().lower()):
                return number
    raise ValueError(_EXPECTED)
