"""The library stepping in: at once, without asking anybody, and never with nothing."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import library
from giftpulse.daily.editions.check import check
from giftpulse.daily.editions.fallback import choose
from giftpulse.daily.editions.history import memory_of
from giftpulse.daily.editions.keep import FALLBACK, New, live_one, put, take_turn, turn_down
from giftpulse.daily.editions.likeness import Said
from giftpulse.daily.editions.models import APPROVED, Edition
from giftpulse.daily.editions.rules import rules_of
from giftpulse.daily.editions.slots import Slot, slot_of, theme_of_the_day
from giftpulse.daily.editions.tongue import base
from giftpulse.daily.programs.models import Program

NOBODY_WAITS = "there was no approved text when it was to be sent"


def has_texts(program: Program, slot: Slot) -> bool:
    """Whether the library has something for this slot: its language, or English where the program's own is meant."""
    return slot.language == program.language or base(slot.language) in library.languages()


def step_in(session: Session, program: Program, slot: Slot, reason: str, now: datetime) -> Edition | None:
    """Put a text of the library into a slot, approved; None if the slot is taken. Needs the program's turn."""
    history = memory_of(session).history(program.id)
    history.catch_up(session, program.id)
    texts = library.texts(slot.language)
    is_spoken = base(slot.language) in library.languages()
    rules = rules_of(program, slot.language if is_spoken else library.FALLBACK)
    choice = choose(
        texts,
        _used(session, program.id),
        slot.theme or theme_of_the_day(program, slot.local_date),
        f"{program.id}",
        lambda text: history.check(text, rules),
        lambda text: check(text, rules, Said()),
    )
    told = "; ".join(part for part in (reason, choice.note, "" if is_spoken else _other(slot)) if part)
    new = New(choice.verdict, FALLBACK, APPROVED, told, library_key=choice.chosen.key)
    return put(session, program.id, slot, new, now)


def ensured(session: Session, program: Program, wanted: Slot, now: datetime) -> Edition:
    """The approved edition of a slot, which is made now if there is none. A text that waits for a person gives way."""
    slot = slot_of(program, wanted.local_date, wanted.language, wanted.theme)
    if not has_texts(program, slot):
        slot = replace(slot, language=program.language)
    take_turn(session, program.id)
    found = live_one(session, program.id, slot)
    if found is not None and found.state == APPROVED:
        return found
    if found is not None:
        turn_down(session, found, NOBODY_WAITS, None, now)
    made = step_in(session, program, slot, NOBODY_WAITS, now) or live_one(session, program.id, slot)
    if made is None:
        raise RuntimeError(f"no edition for {slot} of program {program.id}: its turn was not kept")
    return made


def _other(slot: Slot) -> str:
    return f"the library has no texts in {slot.language!r}, so that it is in {library.FALLBACK!r}"


def _used(session: Session, program_id: int) -> dict[str, int]:
    """Of each text of the library that the program has used: when last, as the id of that edition."""
    wanted = select(Edition.library_key, func.max(Edition.id)).where(
        Edition.program_id == program_id, Edition.library_key.is_not(None)
    )
    return {key: last for key, last in session.execute(wanted.group_by(Edition.library_key)) if key is not None}
