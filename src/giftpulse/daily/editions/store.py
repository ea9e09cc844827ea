"""Editions asked for: by the sender, who must have a text for everybody, and by people who look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.attempt import WRITTEN
from giftpulse.daily.editions.models import APPROVED, Edition, WritingAttempt
from giftpulse.daily.editions.slots import Slot, instead, slot_of
from giftpulse.daily.editions.stand_in import ensured
from giftpulse.daily.programs.models import Program
from giftpulse.ground.errors import NotFoundError

Approved = Mapping[tuple[date, str, str], Edition]
"""Editions that may be sent, by local date, language and theme."""


def approved_for(session: Session, program_id: int, dates: Collection[date]) -> dict[tuple[date, str, str], Edition]:
    """The approved editions of a program for some local dates."""
    wanted = select(Edition).where(
        Edition.program_id == program_id, Edition.local_date.in_(dates), Edition.state == APPROVED
    )
    return {(found.local_date, found.language, found.theme): found for found in session.scalars(wanted)}


def pick(
    editions: Approved, program: Program, local_date: date, language: str | None, theme: str | None
) -> Edition | None:
    """The text for somebody with this language and theme (None or empty: none chosen); None if none is approved.

    The best first: their language and theme, everybody's text in their language, then both in the program's language.
    """
    exact = Slot(local_date, language or program.language, theme or "")
    for slot in (exact, *instead(program, slot_of(program, local_date, language, theme))):
        if found := editions.get((slot.local_date, slot.language, slot.theme)):
            return found
    return None


def ensure(
    session: Session, program: Program, local_date: date, language: str | None, theme: str | None, now: datetime
) -> Edition:
    """The approved edition of a slot, for the sender at the last moment: the library steps in at once if there is none.

    It asks nobody, and never answers nothing. Needs a writing transaction.
    """
    return ensured(session, program, slot_of(program, local_date, language, theme), now)


def get(session: Session, edition_id: int, *, lock: bool = False) -> Edition:
    """An edition. Raises NotFoundError."""
    edition = session.get(Edition, edition_id, with_for_update=lock or None, populate_existing=lock)
    if edition is None:
        raise NotFoundError(f"there is no edition {edition_id}")
    return edition


def listed(*conditions: ColumnElement[bool]) -> Select[Edition]:
    """Editions for which all of this is true."""
    return select(Edition).where(*conditions)


@dataclass(frozen=True, slots=True)
class DayCost:
    """What writing took on one day (UTC) with one model. ``cost_micros``: millionths of a US dollar, estimated."""

    day: date
    model: str
    requests: int
    written: int
    prompt_tokens: int
    completion_tokens: int
    cost_micros: int


def costs(session: Session, since: date, program_id: int | None = None) -> list[DayCost]:
    """What writing cost by day and model, the newest day first."""
    day = func.date(WritingAttempt.at).label("day")
    wanted = select(
        day,
        WritingAttempt.model,
        func.count(),
        func.sum(case((WritingAttempt.outcome == WRITTEN, 1), else_=0)),
        func.sum(WritingAttempt.prompt_tokens),
        func.sum(WritingAttempt.completion_tokens),
        func.sum(WritingAttempt.cost_micros),
    ).where(WritingAttempt.at >= datetime.combine(since, time(), UTC))
    if program_id is not None:
        wanted = wanted.where(WritingAttempt.program_id == program_id)
    rows = session.execute(wanted.group_by(day, WritingAttempt.model).order_by(day.desc(), WritingAttempt.model))
    return [
        DayCost(date.fromisoformat(str(on)), model, *(int(number) for number in numbers))
        for on, model, *numbers in rows
    ]
