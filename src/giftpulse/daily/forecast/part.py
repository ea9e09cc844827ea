"""The dry run of one program's date: its people by audience, when they are due, what they get, and who gets nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.forecast import crowd
from giftpulse.daily.forecast.crowd import Group
from giftpulse.daily.forecast.wording import Wording, live_editions, wordings
from giftpulse.daily.outbox.plan import holidays_of, people_of
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule import day_plan, spread
from giftpulse.daily.schedule.day_plan import Day
from giftpulse.daily.schedule.windows import Decision
from giftpulse.daily.subscribers.models import ACTIVE, Audience

PAUSED = "paused by themselves"
BUDGET = "the budget of the day is used up"

_SAID = {
    "pending": "pending: they have not confirmed yet",
    "opted_out": "opted out",
    "suppressed": "suppressed: their number cannot be reached",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """People of a group that get a text of so many ``segments`` each."""

    group: Group
    wording: Wording
    segments: int

    @property
    def all_segments(self) -> int:
        """Segments of all of them."""
        return self.group.people * self.segments


@dataclass(frozen=True, slots=True)
class Part:
    """One program's part in a date. ``skipped``: who gets nothing, counted by the reason; ``paused``: those of them
    whose instant is known all the same. ``places``: the zones of each audience; ``days``: what is planned for it."""

    program: Program
    places: Mapping[int, tuple[str, ...]]
    days: Mapping[int, Day]
    batches: Sequence[Batch]
    paused: Sequence[Group]
    skipped: Mapping[str, int]


def part(session: Session, program: Program, local_date: date) -> Part:
    """Count one program's date, in a handful of statements."""
    audiences = session.scalars(select(Audience).where(Audience.program_id == program.id)).all()
    holidays = holidays_of(program)
    decisions = {
        one.id: day_plan.decide(people_of(one, program), local_date, program.weekdays, holidays) for one in audiences
    }
    days = {audience: day for audience, said in decisions.items() if (day := _day(said, local_date)) is not None}
    found = crowd.groups(session, program, list(days.items()), local_date)
    left_out = crowd.left_out(session, program.id, decisions.keys() - days.keys())
    skipped = _skipped(left_out, decisions)
    paused = [group for group in found if group.paused]
    if paused:
        skipped[PAUSED] += sum(group.people for group in paused)
    going = [group for group in found if not group.paused]
    live = live_editions(session, program, local_date)
    texts = wordings(program, live, local_date, ((group.language, group.theme) for group in going))
    batches = [_batch(group, texts[group.language, group.theme]) for group in going]
    batches = _within_budget(batches, program.daily_cap, skipped)
    places = {one.id: tuple(filter(None, one.zones.split(","))) for one in audiences}
    return Part(program, places, days, batches, paused, skipped)


def _day(decision: Decision, local_date: date) -> Day | None:
    if (span := decision.span) is None:
        return None
    return Day(local_date, spread.start_of(span), spread.seconds_of(span, day_plan.MARGIN), span.end)


def _skipped(left_out: Sequence[tuple[int, str, int]], decisions: Mapping[int, Decision]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for audience, status, number in left_out:
        if status != ACTIVE:
            counted[_SAID.get(status, status)] += number
        else:
            counted[decisions[audience].reason] += number
    return counted


def _batch(group: Group, wording: Wording) -> Batch:
    return Batch(group, wording, wording.segments_with_footer if group.footer else wording.segments)


def _within_budget(batches: Sequence[Batch], cap: int | None, skipped: Counter[str]) -> list[Batch]:
    """What the daily cap leaves, the first due first. The last group that it cuts goes as a whole or not at all."""
    ordered = sorted(batches, key=lambda batch: (batch.group.quarter, batch.group.audience_id))
    if cap is None:
        return ordered
    left, kept = cap, []
    for batch in ordered:
        fit = min(batch.group.people, left // batch.segments)
        left -= fit * batch.segments
        if fit < batch.group.people:
            skipped[BUDGET] += batch.group.people - fit
        if fit:
            kept.append(Batch(batch.group._replace(people=fit), batch.wording, batch.segments))
    return kept
