"""What a text asks for, decided in one order: Twilio's own verdict, stop, start, help, and then all the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from giftpulse.daily.inbound.about_me import read_name, read_place
from giftpulse.daily.inbound.clock_times import read_time
from giftpulse.daily.inbound.pauses import is_resume, pause_days
from giftpulse.daily.inbound.reactions import reaction
from giftpulse.daily.inbound.stop import stop_reason
from giftpulse.daily.inbound.words import sentence, words

Kind = Literal["stop", "start", "help", "join", "pause", "resume", "time", "zone", "name", "other"]

_BY_TWILIO: dict[str, Kind] = {"STOP": "stop", "START": "start", "HELP": "help"}

# START, YES and UNSTOP are Twilio's; the rest is what people write instead of them.
_START = frozenset({"start", "unstop", "yes", "optin", "opt in", "subscribe", "resubscribe"})
_YES = {"es": frozenset({"si", "empezar", "comenzar", "iniciar"}), "fr": frozenset({"oui", "commencer", "demarrer"})}
_ANSWERS = frozenset({"yes", "si", "oui"})
_HELP = frozenset({"help", "info", "ayuda", "aide"})
_POLITE = frozenset({"please", "pls", "por", "favor", "svp", "s", "il", "vous", "plait", "me", "again", "thanks", "ok"})
_AFTER_JOIN = 4


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants, and why we think so.

    ``value`` belongs to the kind. ``pause``: days. ``time``: the minute of the local day, or a pair of them.
    ``zone``: the place as it was written. ``name``: the name. ``join``: the keyword, as the program writes it.
    Otherwise None.
    """

    kind: Kind
    reason: str
    value: int | tuple[int, int] | str | None = None


def decide(
    body: str, opt_out_type: str | None = None, join_keywords: Iterable[str] = (), language: str = "en"
) -> Intent:
    """What a text asks for. Never raises.

    ``opt_out_type`` is the parameter OptOutType of Twilio's webhook, which always wins: Twilio has acted on it already.
    ``join_keywords`` are those of all programs that can be joined at this number; one that means START, STOP or HELP
    is ignored. ``language`` is the person's, for words such as "si" that are common in another one.
    """
    twilio = _BY_TWILIO.get((opt_out_type or "").strip().upper())
    if twilio is not None:
        return Intent(twilio, f"Twilio says OptOutType {twilio.upper()}")
    if reaction(body) is not None:
        return Intent("other", "a reaction that quotes a text of ours")
    stop = stop_reason(body)
    if stop is not None:
        return Intent("stop", stop)
    return _start_or_help(body, language) or _join(body, join_keywords, language) or _wish(body)


def says_yes(body: str) -> bool:
    """Whether a text that means start says no more than yes: an answer to whatever was asked last, and no wish of its
    own."""
    return not _ANSWERS.isdisjoint(words(body))


def _start_or_help(body: str, language: str) -> Intent | None:
    text = sentence(body)
    bare = " ".join(word for word in text.split() if word not in _POLITE)
    for kind, keywords in _reserved(language).items():
        if text in keywords or bare in keywords:
            return Intent(kind, f"says '{text}'")
    return None


def _reserved(language: str) -> dict[Kind, frozenset[str]]:
    return {"start": _START | _YES.get(language[:2].lower(), frozenset()), "help": _HELP}


def _join(body: str, join_keywords: Iterable[str], language: str) -> Intent | None:
    """The longest keyword that the text is, or begins with before a few more words."""
    text = sentence(body)
    taken = frozenset[str]().union(*_reserved(language).values())
    for keyword in sorted(join_keywords, key=len, reverse=True):
        plain = sentence(keyword)
        if not plain or plain in taken or stop_reason(keyword) is not None:
            continue
        if text == plain or (text.startswith(f"{plain} ") and len(text[len(plain) :].split()) <= _AFTER_JOIN):
            return Intent("join", f"begins with the keyword {keyword}", keyword)
    return None


def _wish(body: str) -> Intent:
    days = pause_days(body)
    if days is not None:
        return Intent("pause", f"asks for a pause, in days: {days}", days)
    if is_resume(body):
        return Intent("resume", "asks to go on after a pause")
    time = read_time(body)
    if time is not None:
        return Intent("time", "names a time of day", time)
    place = read_place(body)
    if place is not None:
        return Intent("zone", "names a place or time zone", place)
    name = read_name(body)
    if name is not None:
        return Intent("name", "names a name", name)
    return Intent("other", "asks for nothing that we know")
