"""What the writing service is told. Pure: a program, a day, what was said, and what came of earlier tries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from giftpulse.daily.editions.check import SPELLED_IN_GSM, TextRules
from giftpulse.daily.editions.placeholders import LONGEST
from giftpulse.daily.editions.size import room
from giftpulse.daily.editions.tongue import base, name_of
from giftpulse.daily.editions.writer import WritingRequest

RECENT = 10
"""How many recent texts are shown, to be unlike them."""

_SEASONS = ("winter", "spring", "summer", "autumn")
_SPARE = 10  # characters that we ask to leave free, for models count badly


@dataclass(frozen=True, slots=True)
class Rejection:
    """A text that was not taken, and why ("it is ...", "it contains ...")."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be written: for whom (``brand``), as the operator wishes (``prompt``), about what, for which day.

    ``recent`` are texts to be unlike, ``rejections`` earlier tries at this very text, the newest last.
    """

    brand: str
    prompt: str
    theme: str
    local_date: date
    rules: TextRules
    recent: Sequence[str] = ()
    rejections: Sequence[Rejection] = ()


def request_for(brief: Brief) -> WritingRequest:
    """The request."""
    return WritingRequest("\n".join(_instructions(brief)), "\n".join(_task(brief)))


def _instructions(brief: Brief) -> Iterator[str]:
    rules = brief.rules
    yield f"You write the text message of the day for {brief.brand}. It goes to many people, once, as an SMS."
    if brief.prompt.strip():
        yield f"What the operator wishes:\n{brief.prompt.strip()}"
    yield "Rules, which count more than those wishes:"
    yield f"- Language: {name_of(rules.language)} ({base(rules.language)})."
    yield f"- {_size(rules)}"
    yield "- Whole sentences, and nothing but the text: no title, no greeting of yours, no signature, no quotes around."
    yield "- No emoji, links, phone numbers, e-mail addresses, hashtags or markup."
    yield "- Name no holiday and no date. Promise nothing, sell nothing, give no medical or financial advice."
    yield (
        f"- You may address the reader as {{first_name}} at most once; it counts as {LONGEST['first_name']} characters."
        " There is no other placeholder, and no other braces."
    )
    if rules.banned_words:
        yield f"- Never use: {', '.join(rules.banned_words)}."


def _size(rules: TextRules) -> str:
    most = room(rules.footer, rules.max_segments)
    plain = f"At most {max(most - _SPARE, 1)} characters"
    if base(rules.language) in SPELLED_IN_GSM:
        return f"{plain}, all of the GSM-7 alphabet: plain quotes and hyphens."
    few = room(rules.footer, rules.max_segments, "я")
    return (
        f"{plain} if all are of the GSM-7 alphabet (which has à è é ì ò ù ä ö ü ñ ß, but not á í ó ú â ê î ô û ç);"
        f" with any other, at most {max(few - _SPARE, 1)}. Never misspell a word for that."
    )


def _task(brief: Brief) -> Iterator[str]:
    on = brief.local_date
    third = ("early", "mid-", "late")[min((on.day - 1) // 10, 2)]
    when = f"{third}{on:%B}" if third.endswith("-") else f"{third} {on:%B}"
    season = _SEASONS[on.month % 12 // 3]
    about = f" about {brief.theme}" if brief.theme else ""
    yield f"Write the text{about} for a {on:%A} in {when} ({season} in the north). The season may show, or not."
    recent = brief.recent[:RECENT]
    if recent:
        yield "Be unlike these recent texts in thought, opening and words:"
        yield from (f"- {text}" for text in recent)
    for rejected in brief.rejections:
        shown = f'Your text "{rejected.text}"' if rejected.text else "An earlier text of yours"
        yield f"{shown} was rejected: {rejected.reason}."
    if brief.rejections:
        yield "Write another, without that fault."
