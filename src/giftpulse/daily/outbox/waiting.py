"""Texts that are due and have not gone, and what each program waits for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import days
from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Hold, Program, ProgramDay, Sender
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import account_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """Due texts of a program. ``oldest``: since when the first of them is due. ``why``: None if nothing holds them."""

    program: Program
    due: int
    oldest: datetime
    why: str | None


def waiting(session: Session, settings: Settings, now: datetime, since: timedelta = timedelta()) -> list[Waiting]:
    """What is due, and has been for so long, in each program that has something of that kind."""
    open_now, found = holds.open_holds(session, now), []
    for program in session.scalars(select(Program).where(Program.deleted_at.is_(None)).order_by(Program.id)):
        due, oldest = session.execute(
            select(func.count(), func.min(Delivery.send_at)).where(
                Delivery.program_id == program.id, Delivery.state == PLANNED, Delivery.send_at <= now - since
            )
        ).one()
        if due:
            found.append(Waiting(program, due, oldest, waits_for(session, program, settings, open_now, now)))
    return found


def waits_for(
    session: Session,
    program: Program,
    settings: Settings,
    open_now: Iterable[Hold],
    now: datetime,
    local_date: date | None = None,
) -> str | None:
    """What keeps a program's due texts (of a date, or of any) from being sent now; None: nothing does."""
    sender = sender_of(program, settings)
    if sender is None:
        return "the program has no sender, and the settings name none"
    if account_of(settings) is None:
        return "no Twilio account is set"
    if (held := holds.holding(open_now, program, settings)) is not None:
        until = f" until {held.until:%Y-%m-%d %H:%M} UTC" if held.until else ""
        return f"{held.scope} is held{until}: {held.reason}"
    if program.moved:
        return "its texts are planned anew, for its window or its days were changed"
    slices = select(ProgramDay).where(ProgramDay.program_id == program.id, ProgramDay.canary == days.OPEN)
    for day in session.scalars(slices.order_by(ProgramDay.local_date)):
        if days.is_full(day) and local_date in (None, day.local_date):
            return f"the outcome of the first slice of {day.local_date}: {day.canary_reason}"
    pace = session.get(Sender, sender)
    if pace is not None and pace.free_at > now:
        return f"the pace of {sender}, {program.segments_per_second:g} segments a second"
    return None
