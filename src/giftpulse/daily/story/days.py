"""The local dates of a person: what the schedule decides for each, and the instant that was planned."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import Delivery, Plan
from giftpulse.daily.outbox.of_person import of_person
from giftpulse.daily.outbox.plan import AHEAD, holidays_of, people_of
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule import day_plan, spread, walltime
from giftpulse.daily.schedule.windows import COAST_TO_COAST, Decision, Span
from giftpulse.daily.story.absence import Standing, absence
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.models import Audience, Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.zones import zone

NEAR = timedelta(days=3)
"""Texts of so many days around a date have a say in it: two are never less than 20 hours apart."""


@dataclass(frozen=True, slots=True)
class StoryDay:
    """A local date of a person. ``opens``: when the span begins, or else the date itself does. ``planned_at``: when
    the date of their audience was planned."""

    local_date: date
    decision: Decision
    opens: datetime
    row: Delivery | None
    planned_at: datetime | None


def zone_of(subscriber: Subscriber) -> str:
    """One zone that the person may be in."""
    return (subscriber.timezone or COAST_TO_COAST[0]).split(",")[0]


def dates_of(subscriber: Subscriber, now: datetime, back: int, ahead: int) -> list[date]:
    """The local dates around today."""
    today = now.astimezone(zone(zone_of(subscriber))).date()
    return [today + timedelta(days=number) for number in range(-back, ahead + 1)]


def whole(subscriber: Subscriber, dates: Collection[date]) -> Span:
    """From the first moment of the first of these dates to the last of the last, where the person is."""
    there = zone_of(subscriber)
    start = walltime.reached(there, min(dates), 0)
    return Span(start, walltime.reached(there, max(dates), walltime.MINUTES_A_DAY))


def rows_around(session: Session, subscriber: Subscriber, dates: Collection[date]) -> dict[date, Delivery]:
    """The texts of these dates and of those near them, by date."""
    rows = session.scalars(of_person(subscriber.id, min(dates) - NEAR, max(dates) + NEAR))
    return {row.local_date: row for row in rows}


def story_days(
    session: Session, program: Program, subscriber: Subscriber, rows: Mapping[date, Delivery], dates: Collection[date]
) -> list[StoryDay]:
    """What the schedule says of each date. A row counts by the audience that it was planned for, for people move."""
    ids = {subscriber.audience_id, *(rows[on].audience_id for on in dates if on in rows)}
    known = {one.id: one for one in session.scalars(select(Audience).where(bulk.among(session, Audience.id, ids)))}
    plans = select(Plan.audience_id, Plan.local_date, Plan.planned_at).where(
        bulk.among(session, Plan.audience_id, ids), Plan.local_date >= min(dates), Plan.local_date <= max(dates)
    )
    planned = {(audience, on): at for audience, on, at in session.execute(plans)}
    found, holidays = [], holidays_of(program)
    for on in dates:
        row = rows.get(on)
        audience = known[row.audience_id if row is not None else subscriber.audience_id]
        decision = day_plan.decide(people_of(audience, program), on, program.weekdays, holidays)
        opens = decision.span.start if decision.span else walltime.reached(zone_of(subscriber), on, 0)
        found.append(StoryDay(on, decision, opens, row, planned.get((audience.id, on))))
    return found


def day_lines(program: Program, subscriber: Subscriber, day: StoryDay, kept: date, now: datetime) -> Iterator[Line]:
    """What the day allows; and when the text was planned for, or why none was."""
    on, span = day.local_date, day.decision.span
    if span is not None:
        why = f"may be sent until {span.end:%Y-%m-%d %H:%M} UTC: {day.decision.reason}"
        yield Line(day.opens, "day", f"the window of {on} opens", why, on)
    if day.row is None:
        who = Standing(
            subscriber.status, subscriber.status_reason, subscriber.status_at, subscriber.moved,
            subscriber.created_at, program.deleted_at, AHEAD, kept,
        )  # fmt: skip
        yield Line(day.opens, "day", f"no text for {on}", absence(who, day.decision, on, now), on)
        return
    yield _planned(subscriber, day, day.row)


def _planned(subscriber: Subscriber, day: StoryDay, row: Delivery) -> Line:
    at, place = row.send_at, ""
    if day.decision.span is not None:
        start, length = spread.start_of(day.decision.span), spread.seconds_of(day.decision.span, day_plan.MARGIN)
        first = spread.at(day.decision.span, subscriber.share, day_plan.MARGIN)
        # Otherwise it was planned for another window than the present one, or has been put off.
        at = min(first, row.send_at)
        place = f", {(at.timestamp() - start) / max(1, length):.0%} into the window"
    planned = f"; its day was planned at {day.planned_at:%Y-%m-%d %H:%M} UTC" if day.planned_at else ""
    why = f"the person's own place in the window, the same every day{place}{planned}"
    if row.send_at > at:
        why += f"; put off to {row.send_at:%H:%M:%S} UTC" + (f": {row.reason}" if row.reason else "")
    return Line(at, "text", f"the text of {row.local_date} is due", why, row.local_date, row.id)
