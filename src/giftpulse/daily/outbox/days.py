"""The counters that a claim moves: a sender's pace, and a program's day with its first slice."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import PLANNED, Delivery
from giftpulse.daily.programs.models import Program, ProgramDay, Sender
from giftpulse.ground import bulk

OPEN, PASSED, FAILED = "open", "passed", "failed"

CANARY_LOOK = timedelta(seconds=5)
"""How often to look whether a full first slice has passed."""

_SMALLEST_DAY = 100  # people; with fewer there is no slice of them that would say anything
_SMALLEST_SLICE = 20
_WIDEST = timedelta(hours=26)  # half a day, and the 14 hours that the furthest zone is away


def introduce(session: Session, sender: str, now: datetime) -> None:
    """Make the row of a sender's pace, unless it is there. In a transaction of its own, others do not wait for it."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    session.execute(insert(Sender).values(sender=sender, free_at=now).on_conflict_do_nothing())


def pace_of(session: Session, sender: str, now: datetime) -> Sender | None:
    """The row of a sender's pace, locked until the end of the transaction; None while somebody else has it. Who claims
    for many senders must not wait at one of them, and what was claimed for another must not grow old meanwhile."""
    wanted = select(Sender).where(Sender.sender == sender).with_for_update(skip_locked=True)
    wanted = wanted.execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        introduce(session, sender, now)
        found = session.scalar(wanted)
    return found


def day_of(session: Session, program: Program, local_date: date) -> ProgramDay:
    """A program's day, locked; made when it is first asked for, with the size of its first slice."""
    key = (program.id, local_date)
    found = session.get(ProgramDay, key, with_for_update=True, populate_existing=True)
    if found is not None:
        return found
    people = _planned(session, program.id, local_date)
    size = max(_SMALLEST_SLICE, people // 100)
    state, reason = OPEN, f"the first {size} of {people} texts go ahead"
    if not program.canary:
        state, reason = PASSED, "the program sends without a first slice"
    elif people < _SMALLEST_DAY:
        state, reason = PASSED, f"{people} texts are too few for a first slice"
    made = ProgramDay(
        program_id=program.id, local_date=local_date, claimed=0, segments=0,
        canary=state, canary_size=size, canary_reason=reason,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _planned(session: Session, program_id: int, local_date: date) -> int:
    """How many texts are planned for a date. It may lie as far from the same date in UTC as zones go."""
    noon = datetime.combine(local_date, time(12), UTC)
    planned = (
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.program_id == program_id, Delivery.state == PLANNED, Delivery.local_date == local_date)
        .where(Delivery.send_at >= noon - _WIDEST, Delivery.send_at <= noon + _WIDEST)
    )
    return session.scalar(planned) or 0


def is_full(day: ProgramDay) -> bool:
    """Whether the first slice is out, and the rest waits for what becomes of it."""
    return day.canary == OPEN and day.claimed >= day.canary_size


class Tally:
    """A program's day while texts are claimed: plain numbers, written back once."""

    __slots__ = ("_day", "_full_at", "_is_open", "_size", "claimed", "segments")

    def __init__(self, day: ProgramDay) -> None:
        self._day, self._full_at = day, day.canary_full_at
        self._is_open, self._size = day.canary == OPEN, day.canary_size
        self.claimed, self.segments = day.claimed, day.segments

    @property
    def is_full(self) -> bool:
        """Whether the first slice is out, and the rest waits for what becomes of it."""
        return self._is_open and self.claimed >= self._size

    def count(self, segments: int, now: datetime) -> None:
        """One more text was claimed."""
        self.claimed += 1
        self.segments += segments
        if self.is_full:
            self._full_at = now

    def write(self) -> None:
        """Put the numbers into the row."""
        day = self._day
        day.claimed, day.segments, day.canary_full_at = self.claimed, self.segments, self._full_at


def give_back(session: Session, returned: Mapping[tuple[int, date], tuple[int, int]]) -> None:
    """Texts that were claimed and not sent after all: so many texts and segments of a program's date are free again."""
    for (program_id, local_date), (texts, segments) in sorted(returned.items()):
        day = session.get(ProgramDay, (program_id, local_date), with_for_update=True, populate_existing=True)
        if day is None:
            continue
        day.claimed, day.segments = max(0, day.claimed - texts), max(0, day.segments - segments)
        if day.canary == OPEN and day.claimed < day.canary_size:
            day.canary_full_at = None
