"""Which editions are missing: over all programs that send, for today and the days ahead, the first needed first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.models import REJECTED, Edition
from giftpulse.daily.editions.openings import Place, day_of
from giftpulse.daily.editions.slots import Slot, needed, theme_of_the_day
from giftpulse.daily.programs.models import Hold, Program
from giftpulse.daily.schedule.days import is_sending_day
from giftpulse.daily.schedule.local_dates import dates_to_plan
from giftpulse.daily.schedule.windows import Span, Window
from giftpulse.daily.subscribers.models import ACTIVE, Audience, Subscriber
from giftpulse.ground.errors import NotFoundError

REMEMBERED = timedelta(minutes=9)
"""How long the round goes by the wishes that it counted: all people of a program are read for them, and it comes every
five minutes. So a new wish has its text after ten minutes at the latest, days before that text is sent."""

Wishes = Sequence[tuple[str | None, str | None]]
"""Languages and themes; None: the program's own."""

_counted: WeakKeyDictionary[Engine | Connection, dict[int, tuple[datetime, Wishes]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Job:
    """One edition to be made. ``day``: from the first opening of a window to the last closing."""

    program: Program
    slot: Slot
    day: Span

    @property
    def about(self) -> str:
        """What it is about: its own theme, or for everybody's text the theme of the day."""
        return self.slot.theme or theme_of_the_day(self.program, self.slot.local_date)

    @property
    def approve_by(self) -> datetime:
        """Until when a person can approve it."""
        return approve_by(self.program, self.day)


def approve_by(program: Program, day: Span) -> datetime:
    """Until when a text of this day can be approved."""
    return day.start - timedelta(hours=program.approval_hours)


def jobs(session: Session, now: datetime, ahead: timedelta, program_id: int | None = None) -> list[Job]:
    """The missing editions of all programs that send, or of one. Whoever asks for one wants to know it as it is now;
    over all, the wishes of people may be some minutes old (``REMEMBERED``)."""
    found: list[Job] = []
    for program in _sending(session, now, program_id):
        wishes = _remembered(session, program.id, now) if program_id is None else _wishes(session, program.id)
        found += _jobs(session, program, now, ahead, wishes)
    return sorted(found, key=lambda job: (job.day.start, job.program.id, job.slot))


def program_of(session: Session, program_id: int) -> Program:
    """A program that is not deleted. Raises NotFoundError."""
    program = session.scalar(select(Program).where(Program.id == program_id, Program.deleted_at.is_(None)))
    if program is None:
        raise NotFoundError(f"there is no program {program_id}")
    return program


def _sending(session: Session, now: datetime, program_id: int | None) -> Sequence[Program]:
    """Programs that are neither deleted nor paused by their operator: a pause may last, and texts cost money."""
    if program_id is not None:
        return [program_of(session, program_id)]
    paused = select(Hold.scope).where(
        Hold.cause == "operator", Hold.lifted_at.is_(None), or_(Hold.until.is_(None), Hold.until > now)
    )
    scopes = set(session.scalars(paused))
    alive = session.scalars(select(Program).where(Program.deleted_at.is_(None)).order_by(Program.id))
    return [program for program in alive if f"program:{program.id}" not in scopes]


def _jobs(session: Session, program: Program, now: datetime, ahead: timedelta, wishes: Wishes) -> list[Job]:
    places, window = places_of(session, program), _window(program.window_start, program.window_end, program)
    zones = sorted({zone for place in places for zone in place.zones})
    holidays = {date.fromisoformat(day) for day in json.loads(program.holidays)}
    dates = [d for d in dates_to_plan(zones, now, ahead) if is_sending_day(d, program.weekdays, holidays) is None]
    there = _live(session, program.id, dates)
    found = []
    for on in dates:
        missing = [slot for slot in needed(program, on, wishes) if slot not in there]
        day = day_of(places, window, on) if missing else None
        if day is not None and day.end > now:
            found += [Job(program, slot, day) for slot in missing]
    return found


def places_of(session: Session, program: Program) -> list[Place]:
    """Where the people of a program are, and their windows; each combination once."""
    wanted = select(Audience.zones, Audience.window_start, Audience.window_end).where(Audience.program_id == program.id)
    return [
        Place(tuple(filter(None, zones.split(","))), _window(start, end, program))
        for zones, start, end in session.execute(wanted.distinct())
    ]


def day_for(session: Session, program: Program, local_date: date) -> Span:
    """From the first opening of a window of this date to the last closing."""
    window = _window(program.window_start, program.window_end, program)
    return day_of(places_of(session, program), window, local_date)


def _window(start: int | None, end: int | None, program: Program) -> Window:
    """A person's own window, its missing side the program's; the program's where that makes none."""
    first = program.window_start if start is None else start
    last = program.window_end if end is None else end
    return Window(first, last) if first < last else Window(program.window_start, program.window_end)


def _live(session: Session, program_id: int, dates: Sequence[date]) -> set[Slot]:
    wanted = select(Edition.local_date, Edition.language, Edition.theme).where(
        Edition.program_id == program_id, Edition.local_date.in_(dates), Edition.state != REJECTED
    )
    return {Slot(*row) for row in session.execute(wanted)}


def _remembered(session: Session, program_id: int, now: datetime) -> Wishes:
    """The wishes as this process counted them a few minutes ago, or counted now."""
    counted = _counted.setdefault(session.get_bind(), {})
    at, wishes = counted.get(program_id, (None, ()))
    if at is None or not at <= now < at + REMEMBERED:
        wishes = _wishes(session, program_id)
        counted[program_id] = now, wishes
    return wishes


def _wishes(session: Session, program_id: int) -> Wishes:
    """The languages and themes of people who get texts; what most of them wish comes first."""
    wished = (Subscriber.language, Subscriber.theme)
    people = select(*wished).where(Subscriber.program_id == program_id, Subscriber.status == ACTIVE)
    ordered = people.group_by(*wished).order_by(func.count().desc(), *wished)
    return [(language, theme) for language, theme in session.execute(ordered)]
