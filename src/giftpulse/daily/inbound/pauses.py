"""``PAUSE``, ``PAUSE 3 days``, ``pausa 2 semanas``, and ``RESUME``."""

import re
from collections.abc import Mapping

from giftpulse.daily.inbound.words import sentence

DEFAULT_DAYS = 7
MOST_DAYS = 90

_NUMBERS = {
    1: "a|an|one|un|una|uno|une",
    2: "two|dos|deux",
    3: "three|tres|trois",
    4: "four|cuatro|quatre",
    5: "five|cinco|cinq",
    6: "six|seis",
    10: "ten|diez|dix",
}
_UNITS = {
    1: "d|day|days|dia|dias|j|jour|jours",
    7: "w|wk|wks|week|weeks|semana|semanas|semaine|semaines",
    30: "month|months|mes|meses|mois",
}
_VERB = r"(?:(?:please|pls|por favor|can you|could you) )?(?:pause|pausa|pausar|pauser|pausez|snooze)"
_HOW_LONG = re.compile(
    rf"\b(?:(?P<digits>\d{{1,4}}) ?|(?P<word>{'|'.join(_NUMBERS.values())}) )(?P<unit>{'|'.join(_UNITS.values())})\b"
)
_DAYS = re.compile(r"(?:for |por |pendant |pour )?(?P<digits>\d{1,4})(?: please| pls| por favor| svp)?")
_PAUSE = re.compile(rf"{_VERB}(?: (?P<rest>.*))?")
_RESUME = re.compile(
    "(?:please |pls |por favor )?"
    "(?:resume|unpause|un pause|continue|reanudar|reanuda|continuar|reprendre|reprenez|reprends)"
    "(?: (?P<rest>.*))?|(?:cancel|end|stop|lift|undo)(?: the| my)? pause"
)
_FEW = 5


def pause_days(body: str) -> int | None:
    """For how many days the text asks for a pause, 1 to 90; None when it does not ask for one.

    Without a number it is a week, and more than 90 days are 90: who wants no texts at all says STOP.
    """
    found = _PAUSE.fullmatch(sentence(body))
    if found is None:
        return None
    rest = found["rest"] or ""
    if (long := _HOW_LONG.search(rest)) is not None:
        number = int(long["digits"]) if long["digits"] else _value(_NUMBERS, long["word"])
        return min(max(number * _value(_UNITS, long["unit"]), 1), MOST_DAYS)
    if (days := _DAYS.fullmatch(rest)) is not None:
        return min(max(int(days["digits"]), 1), MOST_DAYS)
    return DEFAULT_DAYS if len(rest.split()) <= _FEW else None


def _value(names: Mapping[int, str], word: str) -> int:
    return next(value for value, forms in names.items() if word in forms.split("|"))


def is_resume(body: str) -> bool:
    """Whether the text asks to go on after a pause: RESUME, perhaps with a few words after it."""
    found = _RESUME.fullmatch(sentence(body))
    return found is not None and len((found["rest"] or "").split()) < _FEW
