"""Yesterday's text is not sent today: what was planned for a window that is over is skipped, with the reason why.

So is, in a copy of an installation, what was due before it began to send: by many in one statement here, and for the
last of them by the gate. What is spent for another reason (``spent.py``) is left to the gate.
"""

from datetime import datetime

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.gate import COPIED, TOO_LATE
from giftpulse.daily.outbox.models import PLANNED, SKIPPED, Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site


def expire(site: Site) -> int:
    """Skip what can no longer be sent; answers how many texts."""
    with site.database.begin() as session:
        return expire_some(session, site.settings, clock.now())


def expire_some(session: Session, settings: Settings, now: datetime) -> int:
    """The same in a transaction of the caller's."""
    open_now, total = holds.open_holds(session, now), skip_copied(session, now)
    for program in session.scalars(select(Program).order_by(Program.id)):
        held = holds.holding(open_now, program, settings)
        why = f": {held.reason} (since {held.since:%Y-%m-%d %H:%M} UTC)" if held else ""
        if program.deleted_at is not None:
            why = ": the program was deleted"
        if program.moved and program.deleted_at is None:
            continue  # what is planned counts no more: it is planned anew, maybe for a window that is not over
        over = update(Delivery).where(
            Delivery.program_id == program.id,
            Delivery.state == PLANNED,
            Delivery.send_at <= now,
            Delivery.window_end < now + TOO_LATE,
        )
        reason = f"its window ended before it could be sent{why}"
        total += _skip(session, over, reason, now)
    return total


def skip_copied(session: Session, now: datetime) -> int:
    """Skip what was due before this installation began to send, if it is a copy; answers how many texts."""
    sends_from = holds.sends_from(session, now)
    if sends_from is None:
        return 0
    due = update(Delivery).where(Delivery.state == PLANNED, Delivery.send_at <= sends_from)
    programs = session.scalars(select(Program.id).order_by(Program.id)).all()
    # Program by program, as the index has them.
    return sum(_skip(session, due.where(Delivery.program_id == each), COPIED, now) for each in programs)


def _skip(session: Session, which: Update, reason: str, now: datetime) -> int:
    values = which.values(state=SKIPPED, reason=reason, finished_at=now).execution_options(synchronize_session=False)
    return session.execute(values).rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult
