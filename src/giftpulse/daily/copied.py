"""A copy of an installation does not send what the other one may have sent, or may still send.

Restored from a backup, or copied beside a service that goes on: what was planned then is planned in both. The copy is
held until somebody says that the other one has ended. Whatever was due by that moment never goes here, be it in the
copied rows or planned anew since: where a person's moment is, is the same in both (``programs/holds.py``,
``outbox/gate.py``). What is due later goes, unless the person or the program was changed since: then nobody knows their
moment in the other one, and a date that had begun is spent for them (``outbox/spent.py``). Texts that were under way
are settled as ever, by asking Twilio.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import expire
from giftpulse.daily.outbox.gate import COPIED
from giftpulse.daily.outbox.models import PLANNED, SKIPPED, Note
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program

IN_A_BACKUP = "this is the file of a backup: texts that went out after it was made would go out again"
"""The reason of the hold that a backup has in it."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What a copy does not send: whether it is held, and how many daily texts and notes were skipped at once."""

    held: bool = False
    texts: int = 0
    notes: int = 0


def hold_back(session: Session, why: str, now: datetime) -> HeldBack:
    """Hold a copy that was just made, and skip what is due in it. Without a program there is nothing to send."""
    if not _may_send(session):
        return HeldBack()
    before = _skipped_in_the_file(session, now)
    holds.hold(session, holds.ALL, holds.COPIED, why, now)
    return HeldBack(True, expire.skip_copied(session, now), before + _skip_notes(session, now))


def mark(session: Session, now: datetime) -> None:
    """Hold a backup in its own file, for whoever starts a service on it and does not restore it. Texts are not skipped
    yet: what is due by the time it is resumed is more. One that was made of a copy that is held has that hold."""
    if not _may_send(session):
        return
    if not any((held.scope, held.cause) == (holds.ALL, holds.COPIED) for held in holds.open_holds(session, now)):
        holds.hold(session, holds.ALL, holds.COPIED, IN_A_BACKUP, now)
    _skip_notes(session, now)


def _skipped_in_the_file(session: Session, now: datetime) -> int:
    """How many notes :func:`mark` has skipped in the backup that this was."""
    marked = [held.since for held in holds.open_holds(session, now) if held.reason == IN_A_BACKUP]
    theirs = select(func.count()).where(Note.state == SKIPPED, Note.reason == COPIED, Note.finished_at.in_(marked))
    return session.scalar(theirs) or 0


def _may_send(session: Session) -> bool:
    return session.scalar(select(Program.id).where(Program.deleted_at.is_(None)).limit(1)) is not None


def _skip_notes(session: Session, now: datetime) -> int:
    """All of them, those too whose turn comes later: they are worth something for an hour or so, and nobody who wrote
    or signed up is to hear from both."""
    waiting = update(Note).where(Note.state == PLANNED).values(state=SKIPPED, reason=COPIED, finished_at=now)
    return session.execute(waiting.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult
