"""Times of day as people text them: ``9am``, ``9:30 am``, ``19:30``, ``9am-11am``, ``a las 7 de la tarde``."""

import re

from giftpulse.daily.inbound.words import fold

Minutes = int | tuple[int, int]
"""A minute of the local day (0 to 1439), or the first and the last of a stretch within one day."""

_LONGEST = 80

_HALVES = {
    "am": r"a\.?\s?m\b\.?|in the morning|de la manana|du matin",
    "pm": r"p\.?\s?m\b\.?|in the afternoon|in the evening|at night|de la tarde|de la noche|de l'apres-midi|du soir",
}
_NAMED = {"noon": "12pm", "midday": "12pm", "mediodia": "12pm", "midi": "12pm", "midnight": "12am", "minuit": "12am"}

_TIME = (
    r"(?P<hour{0}>\d{{1,2}})(?:(?P<mark{0}>[:.h])(?P<minute{0}>\d{{2}})|(?P<h{0}>\s?h\b))?\s?(?P<half{0}>{1})?".format
)
_BEFORE = (
    "please|pls|can you|could you|how about|send|text|texts|message|messages|deliver|set|change|move|make|switch"
    "|my|me|it|them|the|to|at|for|around|about|between|from|time|hour|window|is|daily"
    "|por favor|envia|enviame|manda|mandame|cambia|mis?|mensajes?|hora|a la|a las|las|entre|de|desde|a"
    "|svp|s'il vous plait|envoie|envoyez|mon|mes|heure|vers"
)
_AFTER = (
    "please|pls|thanks|thank you|daily|every ?day|each day|from now on|instead"
    "|por favor|gracias|cada dia|todos los dias|svp|s'il vous plait|merci|chaque jour|tous les jours"
)
_HALF = "|".join(_HALVES.values())
_ASKED = re.compile(
    rf"(?:(?:{_BEFORE})[\s:,]+){{0,8}}{_TIME(1, _HALF)}"
    rf"(?:\s?(?:-|\bto\b|\band\b|\buntil\b|\btill?\b|\ba las?\b|\ba\b|\by\b|\bet\b|\bhasta\b)\s?{_TIME(2, _HALF)})?"
    rf"(?:[\s,.!]+(?:{_AFTER})){{0,4}}[\s.!?]*"
)


def read_time(body: str) -> Minutes | None:
    """What the whole text asks for; None if it is more than a time, no time, or a bare number such as ``9``.

    In a stretch, ``am`` or ``pm`` on one side serves for both if it can: ``9-11am``. It must end later on the same day.
    """
    if len(body) > _LONGEST:
        return None
    text = re.sub(rf"\b(?:{'|'.join(_NAMED)})\b", lambda found: _NAMED[found[0]], fold(body))
    found = _ASKED.fullmatch(text)
    if found is None:
        return None
    if found["hour2"] is None:
        return _minute(found, "1", _half(found["half1"])) if _is_marked(found, "1") else None
    return _stretch(found) if _is_marked(found, "1") or _is_marked(found, "2") else None


def _stretch(found: re.Match[str]) -> tuple[int, int] | None:
    halves = (_half(found["half1"]), _half(found["half2"]))
    known = halves[0] or halves[1]
    other = {"am": "pm", "pm": "am", None: None}[known]
    for lent in (known, other):
        begin = _minute(found, "1", halves[0] or lent)
        end = _minute(found, "2", halves[1] or lent)
        if begin is not None and end is not None and begin < end:
            return begin, end
    return None


def _is_marked(found: re.Match[str], side: str) -> bool:
    """Whether it is written as a time of day. "4.50" alone may be a price."""
    return bool(found[f"half{side}"] or found[f"h{side}"] or found[f"mark{side}"] in (":", "h"))


def _half(said: str | None) -> str | None:
    return next((half for half, forms in _HALVES.items() if said and re.fullmatch(forms, said)), None)


def _minute(found: re.Match[str], side: str, half: str | None) -> int | None:
    hour, minute = int(found[f"hour{side}"]), int(found[f"minute{side}"] or 0)
    if half is not None and not 1 <= hour <= 12:
        return None
    if half is not None:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute if minute < 60 and hour < 24 else None
