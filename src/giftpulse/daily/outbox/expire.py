"""Yesterday's text is not sent today: what was planned for a window that is over is skipped, with the reason why."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.gate import TOO_LATE
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
    open_now, total = holds.open_holds(session, now), 0
    for program in session.scalars(select(Program).order_by(Program.id)):
        held = holds.holding(open_now, program, settings)
        why = f": {held.reason} (since {held.since:%Y-%m-%d %H:%M} UTC)" if held else ""
        if program.deleted_at is not None:
            why = ": the program was deleted"
        over = update(Delivery).where(
            Delivery.program_id == program.id,
            Delivery.state == PLANNED,
            Delivery.send_at <= now,
            Delivery.window_end < now + TOO_LATE,
        )
        reason = f"its window ended before it could be sent{why}"
        values = over.values(state=SKIPPED, reason=reason, finished_at=now)
        total += session.execute(values.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]  # a CursorResult
    return total
