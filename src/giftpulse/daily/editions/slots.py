"""Which texts a day needs, and which of them a person gets. A slot is a date, a language and a theme.

The theme of a slot is empty for the text that everybody gets who chose none; it is written on the theme of the day.
Languages are taken without their region, and the program's own where it is the same: a program in ``en-US`` has one
text for ``en``, ``en-GB`` and itself.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from giftpulse.daily.editions.tongue import base
from giftpulse.daily.programs.models import Program

EVERYBODY = ""
"""The theme of the text for those who chose none."""

MOST = 40
"""Texts of one date and program; the wishes of the most people come first."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """What an edition is for."""

    local_date: date
    language: str
    theme: str = EVERYBODY


def themes_of(program: Program) -> list[str]:
    """The themes of a program, in the order that it gives them."""
    found: list[str] = json.loads(program.themes)
    return found


def theme_of_the_day(program: Program, local_date: date) -> str:
    """What the text for everybody is about: the themes take turns, one a day. Empty if the program has none."""
    themes = themes_of(program)
    return themes[local_date.toordinal() % len(themes)] if themes else EVERYBODY


def slot_of(program: Program, local_date: date, language: str | None, theme: str | None) -> Slot:
    """The slot of somebody who wishes this language and theme (None or empty: whatever comes)."""
    wished = base(language or program.language)
    spoken = program.language if wished == base(program.language) else wished
    return Slot(local_date, spoken, _theme(program, local_date, (theme or "").strip()))


def _theme(program: Program, local_date: date, wished: str) -> str:
    """The theme as the program spells it; everybody's, where it is the theme of the day or none of the program's."""
    themes = themes_of(program)
    known = next((theme for theme in themes if theme.casefold() == wished.casefold()), None)
    if themes and (known is None or known == theme_of_the_day(program, local_date)):
        return EVERYBODY
    return known or wished


def needed(program: Program, local_date: date, wishes: Iterable[tuple[str | None, str | None]]) -> list[Slot]:
    """The slots of a date: everybody's first, then those of the wishes (language, theme), which come in order."""
    own = Slot(local_date, program.language)
    found = dict.fromkeys([own, *(slot_of(program, local_date, language, theme) for language, theme in wishes)])
    return list(found)[:MOST]


def instead(program: Program, wanted: Slot) -> Iterator[Slot]:
    """A slot, and those whose text may stand in for its own, the best first."""
    yield wanted
    yield Slot(wanted.local_date, wanted.language)
    yield Slot(wanted.local_date, program.language, wanted.theme)
    yield Slot(wanted.local_date, program.language)
