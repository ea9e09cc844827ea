"""Why somebody got a text, or none: everything of one person in order, each line with its reason.

Nothing is decided here. What was decided is read from where it was stored, and what the schedule or the gate would say
is asked of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.programs.models import Program
from giftpulse.daily.story import choice, days, holdups, record, texts, words
from giftpulse.daily.story.consent import consent_lines
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers import store
from giftpulse.daily.subscribers.leave import of_number
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import phone as phones
from giftpulse.ground.errors import NotFoundError
from giftpulse.ground.site import Site

BACK, AHEAD = 7, 2
"""Days before and after today that are told unless one is asked for."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The story of one subscription, over these local dates."""

    subscriber: Subscriber
    program: Program
    dates: tuple[date, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The story of a person: a chapter for each program that they are or were in."""

    chapters: tuple[Chapter, ...]


def timeline(session: Session, site: Site, who: str | int, now: datetime, local_date: date | None = None) -> Timeline:
    """The story of a number (E.164) or of one subscription (by id), of the last 7 days and the next 2, or of one date.

    The consent ledger is told whole. Raises NotFoundError for somebody unknown, and InvalidInputError for what is no
    number.
    """
    return Timeline(tuple(_chapter(session, site, one, now, local_date) for one in _subscriptions(session, who)))


def _subscriptions(session: Session, who: str | int) -> list[Subscriber]:
    if isinstance(who, int):
        return [store.get(session, who)]
    number = phones.normalise(who)
    found = of_number(session, number)
    if not found:
        raise NotFoundError(f"nobody has the number {number}")
    return found


def _chapter(session: Session, site: Site, one: Subscriber, now: datetime, local_date: date | None) -> Chapter:
    program = session.scalars(select(Program).where(Program.id == one.program_id)).one()
    dates = [local_date] if local_date is not None else days.dates_of(one, now, BACK, AHEAD)
    lines = [*consent_lines(session, one), *_days(session, site, program, one, dates, now)]
    during = days.whole(one, dates)
    lines += [*words.inbox_lines(session, one, during), *words.note_lines(session, one, during)]
    return Chapter(one, program, tuple(dates), tuple(sorted(lines, key=lambda line: line.order)))


def _days(
    session: Session, site: Site, program: Program, one: Subscriber, dates: list[date], now: datetime
) -> Iterator[Line]:
    around = days.rows_around(session, one, dates)
    rows = [around[on] for on in dates if on in around]
    kept = (now - timedelta(days=site.settings.retention_days)).date()
    known = choice.choices(session, program, rows, dates)
    events = texts.events_of(session, rows)
    told = record.histories(session, [row.sid for row in rows if row.sid])
    yield from holdups.hold_lines(holdups.holds_of(session, program, site.settings, rows))
    for day in days.story_days(session, program, one, around, dates):
        yield from days.day_lines(program, one, day, kept, now)
        if (row := day.row) is None:
            continue
        if (chosen := choice.choice_line(program, one, row, known)) is not None:
            yield chosen
        yield from texts.text_lines(row, events.get(row.id, ()))
        yield from record.record_lines(row, told.get(row.sid or "", ()))
        waiting = holdups.waiting_line(session, program, site.settings, one, around, row, now)
        if waiting is not None:
            yield waiting
