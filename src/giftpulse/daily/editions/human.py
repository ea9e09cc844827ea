"""Texts that people write: checked as any other, and taken as approved."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import store
from giftpulse.daily.editions.check import Verdict, check
from giftpulse.daily.editions.keep import HUMAN, REPLACED, New, live_one, put, take_turn, turn_down
from giftpulse.daily.editions.likeness import Said
from giftpulse.daily.editions.models import APPROVED, REJECTED, Edition
from giftpulse.daily.editions.placeholders import longest, problems
from giftpulse.daily.editions.rules import rules_of
from giftpulse.daily.editions.size import with_footer
from giftpulse.daily.editions.slots import Slot, slot_of, themes_of
from giftpulse.daily.editions.wanted import day_for, program_of
from giftpulse.daily.editions.words import words
from giftpulse.daily.programs.models import Program
from giftpulse.ground.errors import ConflictError, FieldError, InvalidInputError

FURTHEST = timedelta(days=366)
"""How far ahead a text may be written."""

_MOST = 1_600  # characters that Twilio takes


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wrote, for which day; language and theme empty: the program's language, everybody."""

    program_id: int
    local_date: date
    text: str
    language: str = ""
    theme: str = ""
    force: bool = False


def create(session: Session, wish: Wish, by: str, now: datetime) -> Edition:
    """Put a text in place for a day that has none yet.

    Raises InvalidInputError with everything that speaks against it, unless ``force`` is set, NotFoundError for the
    program, and ConflictError if there is one already.
    """
    program = program_of(session, wish.program_id)
    slot = _slot(session, program, wish, now)
    take_turn(session, program.id)
    there = live_one(session, program.id, slot)
    if there is not None:
        raise ConflictError(f"edition {there.id} is there for this day already: change or reject that one")
    return _put(session, program, slot, wish.text, by, now, force=wish.force)


def edit(session: Session, edition_id: int, text: str, by: str, now: datetime, *, force: bool = False) -> Edition:
    """Put another text in place of an edition's, approved. It is a new edition, for the old one may have been sent.

    Raises InvalidInputError as :func:`create` does, NotFoundError, and ConflictError if it was rejected or its day is
    over.
    """
    known = store.get(session, edition_id)
    program = program_of(session, known.program_id)
    take_turn(session, program.id)
    edition = store.get(session, edition_id, lock=True)
    if edition.state == REJECTED:
        raise ConflictError(f"edition {edition.id} was rejected: {edition.reason}")
    if day_for(session, program, edition.local_date).end <= now:
        raise ConflictError(f"the day of edition {edition.id} is over")
    slot = Slot(edition.local_date, edition.language, edition.theme)
    turn_down(session, edition, REPLACED, by, now)
    made = _put(session, program, slot, text, by, now, force=force)
    edition.reason = f"{REPLACED}{made.id}"
    session.flush()
    return made


def _slot(session: Session, program: Program, wish: Wish, now: datetime) -> Slot:
    errors = []
    today = now.date()
    # The rough comparison first: a date at the end of the calendar has no day after it.
    is_near = today - timedelta(days=2) <= wish.local_date <= today + FURTHEST
    if not is_near or day_for(session, program, wish.local_date).end <= now:
        errors.append(FieldError("local_date", "expected a day that is not over, and not more than a year ahead"))
    themes = themes_of(program)
    if wish.theme and themes and wish.theme.casefold() not in map(str.casefold, themes):
        errors.append(FieldError("theme", f"expected one of {', '.join(themes)}"))
    if errors:
        raise InvalidInputError(*errors)
    return slot_of(program, wish.local_date, wish.language, wish.theme)


def _put(session: Session, program: Program, slot: Slot, text: str, by: str, now: datetime, *, force: bool) -> Edition:
    verdict = _checked(session, program, slot, text, force=force)
    reason = (
        f"written by {by}" if verdict.ok else f"written by {by}, who insisted although {'; '.join(verdict.reasons)}"
    )
    edition = put(session, program.id, slot, New(verdict, HUMAN, APPROVED, reason, decided_by=by), now)
    if edition is None:
        raise ConflictError("somebody else put a text in place at this very moment")
    return edition


def _checked(session: Session, program: Program, slot: Slot, text: str, *, force: bool) -> Verdict:
    """The verdict, compared with all texts but those of this very slot: an edited text is like what it was."""
    its_own = and_(
        Edition.local_date == slot.local_date, Edition.language == slot.language, Edition.theme == slot.theme
    )
    others = session.scalars(select(Edition.text).where(Edition.program_id == program.id, not_(its_own)))
    verdict = check(text, rules_of(program, slot.language), Said(others))
    against = _impossible(verdict.text, program.footer) if force else verdict.reasons
    if against:
        raise InvalidInputError(*(FieldError("text", reason) for reason in against))
    return verdict


def _impossible(text: str, footer: str) -> tuple[str, ...]:
    """What nobody can insist on: such a text could not be sent."""
    if not words(text):
        return ("it is empty, or says nothing in words",)
    if misplaced := problems(text):
        return tuple(misplaced)
    size = len(with_footer(longest(text), footer))
    return (f"it is {size:,} characters long with its footer; at most {_MOST:,}",) if size > _MOST else ()
