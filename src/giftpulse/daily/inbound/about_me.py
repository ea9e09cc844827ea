"""What people tell of themselves: ``TZ Denver``, ``ZIP 94110``, ``NAME Anna``."""

import re
import unicodedata

from giftpulse.daily.inbound.words import words

MOST_OF_A_NAME = 40
_MOST_OF_A_PLACE = 60
_MOST_WORDS = 3
_LONGEST = 160

_PLACE = re.compile(
    r"\W*(?:(?:set|change|my|mi|mon|the) ){0,2}"
    r"(?:(?P<code>zip(?: ?code)?|postal ?code|c[oó]digo postal|code postal)"
    r"|tz|time ?zone|zona horaria|fuseau(?: horaire)?)"
    r"(?:[ :=-]+(?:is|to|es|est|a|à)(?= ))?[ :=-]+(?P<place>\w[\w /.,'’+-]*?)"
    r"(?:,? (?:please|thanks|por favor|svp))?\W*",
    re.IGNORECASE,
)
_IANA = re.compile(
    r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|US)(?:/[a-z_+-]+){1,2}", re.IGNORECASE
)
_NAME = re.compile(
    r"\W*(?:(?:my )?name(?: ?[:=]| is\b:?)?|call me"
    r"|mi nombre(?: es| ?:)|nombre ?:?|me llamo|ll[aá]ma(?:me|dme)"
    r"|mon (?:nom|pr[eé]nom)(?: est| ?:)|pr[eé]nom ?:?|je m['’]appelle|appelle[sz]?[ -]moi|appelez[ -]moi)"
    r" (?P<name>[^\W\d_][\w '’-]*?)\W*",
    re.IGNORECASE,
)
# "Call me later" tells no name.
_NO_NAMES = frozenset(
    {
        *("a", "an", "the", "and", "at", "back", "now", "later", "when", "if", "asap", "please", "tomorrow", "today"),
        *("tonight", "on", "maybe", "crazy", "old", "soon", "anytime", "whenever", "again", "one", "not", "is", "of"),
        *("this", "that", "it", "you", "my", "your", "i", "what", "who", "for", "in", "wrong"),
        *("luego", "manana", "tarde", "cuando", "ahora", "loco", "loca", "plus", "demain", "quand", "maintenant"),
    }
)


def read_place(body: str) -> str | None:
    """The place or zone as it was written: ``94110``, ``Denver``, ``America/Denver``, ``CO``; at most 60 characters.

    It needs a word before it (``TZ``, ``ZIP``, ``time zone``), except for a name of the time zone database.
    """
    text = _seen(body)
    if len(text) > _LONGEST:
        return None
    if _IANA.fullmatch(text):
        return text
    found = _PLACE.fullmatch(text)
    if found is None or len(found["place"]) > _MOST_OF_A_PLACE:
        return None
    place = " ".join(found["place"].split())
    return place if not found["code"] or any(map(str.isdigit, place)) else None


def read_name(body: str) -> str | None:
    """The name that somebody wants to be called by: letters, spaces, hyphens and apostrophes, at most 40 characters."""
    text = _seen(body)
    found = _NAME.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    name = " ".join(found["name"].replace("’", "'").split()).strip("-' ")
    letters = name.replace(" ", "").replace("-", "").replace("'", "")
    fits = letters.isalpha() and len(name) <= MOST_OF_A_NAME and len(name.split()) <= _MOST_WORDS
    return name if fits and not _NO_NAMES.intersection(words(name)) else None


def _seen(body: str) -> str:
    text = unicodedata.normalize("NFC", body)
    return " ".join("".join(letter for letter in text if unicodedata.category(letter) != "Cf").split())
