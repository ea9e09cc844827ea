"""What a local date will look like if nothing changes: a dry run over groups of people, never over single ones.

It asks the schedule, the texts and the prices that planning and sending ask, and writes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from giftpulse.daily.forecast import pace
from giftpulse.daily.forecast.crowd import QUARTER, Group
from giftpulse.daily.forecast.part import Batch, Part, part
from giftpulse.daily.forecast.prices import ASSUMED, BACK, Prices, prices
from giftpulse.daily.forecast.wording import State
from giftpulse.daily.outbox.gate import TOO_LATE
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.schedule.windows import COAST_TO_COAST
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.ground.zones import zone

NOWHERE = "unknown"
"""The zone of people of whom none is known; their hours are those of the east coast of the US."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the local day in one zone (or in several that people may be in, joined by commas). ``people`` holds
    those who paused, too."""

    zone: str
    hour: int
    people: int
    texts: int
    segments: int


@dataclass(frozen=True, slots=True)
class SenderDay:
    """What a sender has to do, over all of its programs. ``finish_at``: when the last text has gone, at its pace.
    ``late``: texts that would find their window over. ``wait_seconds``: how long a text waits for its turn at most."""

    sender: str
    programs: tuple[str, ...]
    segments_per_second: float
    texts: int
    segments: int
    cost: float
    first_at: datetime | None
    last_at: datetime | None
    finish_at: datetime | None
    wait_seconds: int
    late: int

    @property
    def fits(self) -> bool:
        """Whether it gets through inside of all windows."""
        return self.late == 0


@dataclass(frozen=True, slots=True)
class TextState:
    """A text that the date needs, for so many people, and whether it is there. ``edition_id`` may be that of another
    slot, which stands in."""

    program: str
    language: str
    theme: str
    people: int
    state: State
    edition_id: int | None
    text: str | None
    segments: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The dry run of one local date. ``problems``: what would stop it. ``assumptions``: what was taken for granted."""

    local_date: date
    programs: tuple[str, ...]
    people: int
    texts: int
    segments: int
    cost: float
    unit: str
    hours: tuple[Hour, ...]
    senders: tuple[SenderDay, ...]
    skipped: dict[str, int]
    needed: tuple[TextState, ...]
    problems: tuple[str, ...]
    assumptions: tuple[str, ...]


def simulate(session: Session, site: Site, local_date: date, now: datetime, program_id: int | None = None) -> Forecast:
    """The dry run of a local date, of one program or of all. A sender's work is that of all its programs in any case.

    Raises NotFoundError for a program that is not there, and ``ValueError`` for a date before 2020 or after 2199.
    """
    alive = session.scalars(programs.listed().order_by(Program.id)).all()
    asked = alive if program_id is None else [programs.get(session, program_id)]
    senders = {sender_of(program, site.settings) for program in asked}
    parts = [
        part(session, one, local_date) for one in alive if one in asked or sender_of(one, site.settings) in senders
    ]
    own = [each for each in parts if each.program in asked]
    price = prices(session, now)
    batches = [batch for each in own for batch in each.batches]
    skipped: Counter[str] = Counter()
    for each in own:
        skipped.update(each.skipped)
    working = tuple(_senders(parts, site.settings, price))
    return Forecast(
        local_date=local_date,
        programs=tuple(program.name for program in asked),
        people=sum(skipped.values()) + sum(batch.group.people for batch in batches),
        texts=sum(batch.group.people for batch in batches),
        segments=sum(batch.all_segments for batch in batches),
        cost=_cost(batches, price),
        unit=price.unit,
        hours=tuple(_hours(own)),
        senders=working,
        skipped=dict(skipped.most_common()),
        needed=tuple(_needed(own)),
        problems=tuple(_problems(session, site.settings, asked, working, now)),
        assumptions=tuple(_assumptions(own, price)),
    )


def _cost(batches: Iterable[Batch], price: Prices) -> float:
    return round(sum(batch.all_segments * price.of(batch.group.country) for batch in batches), 4)


def _hours(parts: Iterable[Part]) -> Iterator[Hour]:
    counted: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in parts:
        for batch in each.batches:
            cell = counted[_cell(each, batch.group)]
            cell[0] += batch.group.people
            cell[1] += batch.group.people
            cell[2] += batch.all_segments
        for group in each.paused:
            counted[_cell(each, group)][0] += group.people
    for (name, hour), (people, texts, segments) in sorted(counted.items()):
        yield Hour(name, hour, people, texts, segments)


def _cell(each: Part, group: Group) -> tuple[str, int]:
    zones = each.places[group.audience_id]
    there = zone((zones or COAST_TO_COAST)[0])
    return ",".join(zones) or NOWHERE, datetime.fromtimestamp(group.quarter * QUARTER, there).hour


def _senders(parts: Sequence[Part], settings: Settings, price: Prices) -> Iterator[SenderDay]:
    by_sender: dict[str, list[Part]] = defaultdict(list)
    for each in parts:
        if sender := sender_of(each.program, settings):
            by_sender[sender].append(each)
    for sender, theirs in sorted(by_sender.items()):
        batches = [batch for each in theirs for batch in each.batches]
        done = pace.run(load for each in theirs for load in _loads(each))
        yield SenderDay(
            sender=sender,
            programs=tuple(each.program.name for each in theirs),
            segments_per_second=min(each.program.segments_per_second for each in theirs),
            texts=sum(batch.group.people for batch in batches),
            segments=sum(batch.all_segments for batch in batches),
            cost=_cost(batches, price),
            first_at=_instant(min((batch.group.first for batch in batches), default=None)),
            last_at=_instant(max((batch.group.last for batch in batches), default=None)),
            finish_at=_instant(done.finish),
            wait_seconds=round(done.longest),
            late=done.late,
        )


def _loads(each: Part) -> Iterator[pace.Load]:
    for batch in each.batches:
        group, end = batch.group, each.days[batch.group.audience_id].window_end
        yield pace.Load(
            first=group.first,
            last=group.last,
            deadline=int((end - TOO_LATE).timestamp()),
            seconds=batch.all_segments / each.program.segments_per_second,
            texts=group.people,
        )


def _instant(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(round(epoch), UTC)


def _needed(parts: Iterable[Part]) -> Iterator[TextState]:
    for each in parts:
        people: Counter[tuple[str, str]] = Counter()
        wordings = {}
        for batch in each.batches:
            slot = (batch.wording.slot.language, batch.wording.slot.theme)
            people[slot] += batch.group.people
            wordings[slot] = batch.wording
        for slot, number in people.most_common():
            one = wordings[slot]
            edition = one.edition
            yield TextState(
                each.program.name, *slot, number, one.state, edition.id if edition else None,
                edition.text if edition else None, one.segments,
            )  # fmt: skip


def _problems(
    session: Session, settings: Settings, asked: Iterable[Program], senders: Iterable[SenderDay], now: datetime
) -> Iterator[str]:
    open_now = holds.open_holds(session, now)
    for program in asked:
        if sender_of(program, settings) is None:
            yield f"{program.name} has no sender, and the settings name none: nothing of it is sent"
        for held in holds.of(open_now, program, settings):
            until = f" until {held.until:%Y-%m-%d %H:%M} UTC" if held.until else ""
            yield f"{program.name}: {held.scope} is held{until}: {held.reason}"
    for one in senders:
        if not one.fits:
            yield f"{one.sender} is too slow: {one.late} of {one.texts} texts would find their window over"


def _assumptions(parts: Iterable[Part], price: Prices) -> Iterator[str]:
    if price.is_assumed:
        yield f"a segment costs {ASSUMED} {price.unit}: no price of a text is known yet, so this is assumed"
    else:
        yield f"a segment costs in each country what the newest texts of the last {BACK.days} days did cost"
    yield "nobody joins, leaves, moves or pauses until then, and the names in texts are as long as they can be"
    if any(batch.wording.state != "ready" for each in parts for batch in each.batches):
        yield "a text that is not ready yet has the segments of the one that waits, or one, as the library's have"
    if any(each.program.canary for each in parts):
        yield "the first slice of the day goes well, and the rest does not wait for it (it may, for up to 10 minutes)"
