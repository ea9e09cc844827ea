"""The days of an audience that are to be planned, with the seconds in which its people's texts are spread. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from giftpulse.daily.schedule import quiet_hours, spread, windows
from giftpulse.daily.schedule.days import is_sending_day
from giftpulse.daily.schedule.local_dates import dates_to_plan
from giftpulse.daily.schedule.windows import Decision, Window

MARGIN = 120
"""Seconds at the end of a window in which no text is planned: pacing and retries need some room."""


@dataclass(frozen=True, slots=True)
class People:
    """What matters about an audience. ``jurisdictions`` None: quiet hours are switched off."""

    zones: tuple[str, ...]
    window: Window
    jurisdictions: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Day:
    """A local date with the span for it: its start and usable length in seconds, and the instant of its end."""

    local_date: date
    start_epoch: int
    length: int
    window_end: datetime


def decide(people: People, local_date: date, weekdays: int, holidays: Collection[date]) -> Decision:
    """When people of an audience may get the text of a local date, or why they get none."""
    if reason := is_sending_day(local_date, weekdays, holidays):
        return Decision(None, reason)
    quiet = None if people.jurisdictions is None else quiet_hours.allowed(people.jurisdictions, local_date)
    return windows.spans(people.zones, people.window, local_date, quiet)


def days(
    people: People,
    weekdays: int,
    holidays: Collection[date],
    now: datetime,
    ahead: timedelta,
    only: Sequence[date] | None = None,
) -> Iterator[Day]:
    """The days whose span begins before ``now + ahead`` and is not over yet; or ``only`` these, however far ahead."""
    for local_date in dates_to_plan(people.zones, now, ahead) if only is None else only:
        span = decide(people, local_date, weekdays, holidays).span
        if span is None or span.end < now + windows.LEAST or (only is None and span.start > now + ahead):
            continue
        yield Day(local_date, spread.start_of(span), spread.seconds_of(span, MARGIN), span.end)
