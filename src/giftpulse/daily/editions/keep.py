"""Putting editions into their slots. Whoever does so holds the program's turn, and looks at its history once more."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.editions.check import Verdict
from giftpulse.daily.editions.models import REJECTED, Edition
from giftpulse.daily.editions.slots import Slot
from giftpulse.ground.bulk import is_sqlite

_LOCK_SPACE = 0x6564 << 32  # of the advisory locks of this file: "ed", and the id of the program
_LIVE = text("state <> 'rejected'")

AI, FALLBACK, HUMAN = "ai", "fallback", "human"

REPLACED = "replaced by the text of edition "
"""How the reason of an edition begins that somebody edited: another has taken its slot."""


@dataclass(frozen=True, slots=True)
class New:
    """An edition to be: its ``state`` and the ``reason`` for it, and who decided, if somebody did."""

    verdict: Verdict
    source: str
    state: str
    reason: str
    decided_by: str | None = None
    library_key: str | None = None
    approve_by: datetime | None = None


def take_turn(session: Session, program_id: int) -> None:
    """Be the only one, until the transaction ends, who puts editions of this program in place: two texts chosen at the
    same time could be the same. On SQLite a writing transaction is alone anyway. Take it before any row of editions."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE | program_id)))


def put(session: Session, program_id: int, slot: Slot, new: New, now: datetime) -> Edition | None:
    """Put an edition into its slot; None if there is a live one already."""
    values = {
        "program_id": program_id, "local_date": slot.local_date, "language": slot.language, "theme": slot.theme,
        "text": new.verdict.text, "encoding": new.verdict.count.encoding, "segments": new.verdict.count.segments,
        "source": new.source, "library_key": new.library_key, "state": new.state, "reason": new.reason,
        "decided_by": new.decided_by, "decided_at": now if new.decided_by else None, "approve_by": new.approve_by,
        "created_at": now,
    }  # fmt: skip
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    slot_columns = [Edition.program_id, Edition.local_date, Edition.language, Edition.theme]
    wanted = insert(Edition).values(values).on_conflict_do_nothing(index_elements=slot_columns, index_where=_LIVE)
    return session.scalars(wanted.returning(Edition)).one_or_none()


def live_one(session: Session, program_id: int, slot: Slot) -> Edition | None:
    """The edition of a slot that is not rejected, as it is now."""
    wanted = select(Edition).where(
        Edition.program_id == program_id,
        Edition.local_date == slot.local_date,
        Edition.language == slot.language,
        Edition.theme == slot.theme,
        Edition.state != REJECTED,
    )
    return session.scalar(wanted.execution_options(populate_existing=True))


def turn_down(session: Session, edition: Edition, reason: str, by: str | None, now: datetime) -> None:
    """Reject an edition; its slot is free then."""
    edition.state, edition.reason, edition.decided_by, edition.decided_at = REJECTED, reason, by, now
    session.flush()
