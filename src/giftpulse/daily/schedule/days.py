"""On which local dates a program sends."""

from collections.abc import Collection
from datetime import date

EVERY_DAY = 0b1111111
"""All seven weekdays. Bit 0 is Monday, bit 6 Sunday."""


def is_sending_day(local_date: date, weekdays: int, holidays: Collection[date] = ()) -> str | None:
    """None when the program sends on this date; else the reason why it does not, fit to be stored.

    ``weekdays`` is a mask (bit 0 is Monday), ``holidays`` the local dates that the program leaves out.
    """
    if not weekdays >> local_date.weekday() & 1:
        return f"the program does not send on a {local_date:%A}"
    if local_date in holidays:
        return f"{local_date} is a holiday of the program"
    return None
