"""Durations as people write them: ``30s``, ``5m``, ``1h``, ``7d``."""

from datetime import timedelta

from giftpulse.monitor.rules.language import MAX_DURATION
from giftpulse.monitor.rules.problems import Problems

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_MAX_DIGITS = 9


def read_duration(raw: object, path: str, problems: Problems, *, shortest: int) -> timedelta | None:
    """The duration that ``raw`` says, at least ``shortest`` seconds; None when refused."""
    seconds = _seconds(raw)
    if seconds is None:
        problems.add(path, 'expected a whole number with a unit, such as "30s", "5m", "1h" or "1d"')
        return None
    if not shortest <= seconds <= MAX_DURATION.total_seconds():
        problems.add(path, f'must be between "{shortest}s" and "{MAX_DURATION.days}d"')
        return None
    return timedelta(seconds=seconds)


def _seconds(raw: object) -> int | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return None if raw else 0
    if not isinstance(raw, str):
        return None
    text = raw.strip()
    if text == "0":
        return 0
    digits, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (digits.isascii() and digits.isdigit()) or len(digits) > _MAX_DIGITS:
        return None
    return int(digits) * _UNITS[unit]


def write_duration(value: timedelta) -> str:
    """The shortest way to write a duration of whole seconds, in the largest unit that fits evenly."""
    seconds = int(value.total_seconds())
    for unit, size in _UNITS.items():
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return "0s"
