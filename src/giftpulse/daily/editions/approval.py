"""Saying yes or no to a text; and what becomes of those that nobody said anything about."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.editions import store
from giftpulse.daily.editions.keep import take_turn, turn_down
from giftpulse.daily.editions.models import APPROVED, REJECTED, WAITING, Edition
from giftpulse.daily.editions.slots import Slot
from giftpulse.daily.editions.stand_in import has_texts, step_in
from giftpulse.daily.editions.wanted import day_for
from giftpulse.daily.programs.models import Program
from giftpulse.ground.database import announce
from giftpulse.ground.errors import ConflictError

WANTED = "editions.wanted"
"""The announcement that a text is missing: somebody rejected one."""

_AT_ONCE = 200


def approve(session: Session, edition_id: int, by: str, now: datetime) -> Edition:
    """Let a text go out. Twice is as good as once. Raises NotFoundError, and ConflictError if it was rejected."""
    edition = store.get(session, edition_id, lock=True)
    if edition.state == REJECTED:
        raise ConflictError(f"edition {edition.id} was rejected: {edition.reason}")
    if edition.state == WAITING:
        edition.state, edition.decided_by, edition.decided_at = APPROVED, by, now
        session.flush()
    return edition


def reject(session: Session, edition_id: int, reason: str, by: str, now: datetime) -> Edition:
    """Take a text back; the next round writes another, and is told the reason. Once it is rejected, nothing changes.
    Raises NotFoundError."""
    edition = store.get(session, edition_id, lock=True)
    if edition.state != REJECTED:
        turn_down(session, edition, reason, by, now)
        announce(session, WANTED)
    return edition


def overdue(session: Session, now: datetime) -> list[Edition]:
    """Reject what nobody approved in time, and put texts of the library in place. Answers those."""
    late = select(Edition.program_id, Edition.id).where(Edition.state == WAITING, Edition.approve_by <= now)
    rows = session.execute(late.order_by(Edition.program_id, Edition.id).limit(_AT_ONCE)).all()
    return [made for program_id, number in rows if (made := _replaced(session, program_id, number, now))]


def _replaced(session: Session, program_id: int, edition_id: int, now: datetime) -> Edition | None:
    take_turn(session, program_id)
    edition = store.get(session, edition_id, lock=True)
    if edition.state != WAITING or edition.approve_by is None:
        return None
    reason = f"nobody approved the text that was written by {edition.approve_by:%Y-%m-%d %H:%M} UTC"
    turn_down(session, edition, reason, None, now)
    program = session.get(Program, program_id)
    slot = Slot(edition.local_date, edition.language, edition.theme)
    if program is None or program.deleted_at is not None or not has_texts(program, slot):
        return None
    if day_for(session, program, edition.local_date).end <= now:
        return None
    return step_in(session, program, slot, reason, now)
