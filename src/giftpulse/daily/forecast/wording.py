"""Which texts a date has, which of them people would get, and how many segments each takes. Pure but for one query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import placeholders
from giftpulse.daily.editions import store as editions
from giftpulse.daily.editions.models import APPROVED, REJECTED, Edition
from giftpulse.daily.editions.size import with_footer
from giftpulse.daily.editions.slots import Slot, slot_of
from giftpulse.daily.programs.models import Program
from giftpulse.twilio.segments import count

State = Literal["ready", "waiting", "missing"]
Live = Mapping[tuple[date, str, str], Edition]


@dataclass(frozen=True, slots=True)
class Wording:
    """The text for people with some wish. ``slot``: what they wish. ``state``: an approved text is ``ready``
    (``edition``; it may be another slot's), one is ``waiting`` for a person, or it is ``missing``: then the library
    steps in."""

    slot: Slot
    state: State
    edition: Edition | None
    segments: int
    segments_with_footer: int


def live_editions(session: Session, program: Program, local_date: date) -> dict[tuple[date, str, str], Edition]:
    """What there is for a date: approved, or waiting."""
    asked = select(Edition).where(
        Edition.program_id == program.id, Edition.local_date == local_date, Edition.state != REJECTED
    )
    return {(one.local_date, one.language, one.theme): one for one in session.scalars(asked)}


def wordings(
    program: Program, live: Live, local_date: date, wishes: Iterable[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], Wording]:
    """The text for each wish (language and theme)."""
    approved = {key: one for key, one in live.items() if one.state == APPROVED}
    return {wish: _wording(program, live, approved, local_date, *wish) for wish in dict.fromkeys(wishes)}


def _wording(
    program: Program, live: Live, approved: Live, local_date: date, language: str | None, theme: str | None
) -> Wording:
    slot = slot_of(program, local_date, language, theme)
    one = editions.pick(approved, program, local_date, language, theme)
    if one is not None:
        return _counted(program, slot, "ready", one)
    one = editions.pick(live, program, local_date, language, theme)
    if one is not None:
        return _counted(program, slot, "waiting", one)
    return Wording(slot, "missing", None, 1, 1)  # texts of the library are made to fit


def _counted(program: Program, slot: Slot, state: State, one: Edition) -> Wording:
    longest = placeholders.longest(one.text) if "{" in one.text else one.text
    plain, footed = count(longest).segments, count(with_footer(longest, program.footer)).segments
    return Wording(slot, state, one, plain, footed)
