"""When each round ran last, how it went, and how long it takes: for ``giftpulse rounds``, health, the doctor, metrics.

Rounds run in several processes, and whoever asks is often another one: what is counted here is true for all of them.
"""

import json
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Float, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from giftpulse.ground.bulk import is_sqlite
from giftpulse.ground.database import Base

BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
"""Upper ends of the classes of duration, in seconds; what takes longer is in a last class of its own."""


class RoundRun(Base):
    """A round, over all processes: its last run, and all its runs in numbers.

    ``failures`` counts those in a row, ``failed`` all of them. Of the runs that were measured, ``seconds`` is the sum
    and ``durations`` (JSON) says how many fell into each class of ``BOUNDS``. ``more``: the last run left work that is
    waiting. A round that stays, such as ``notify``, has no runs to count; that it is alive moves ``last_run_at``.
    """

    __tablename__ = "round_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
    failures: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    durations: Mapped[str] = mapped_column(Text, default="[]")
    more: Mapped[bool] = mapped_column(default=False)


@dataclass
class Tally:
    """Runs of a round that are not written down yet."""

    runs: int = 0
    failed: int = 0
    seconds: float = 0.0
    durations: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    more: bool = False

    def count(self, seconds: float | None, *, ok: bool, more: bool) -> None:
        """One more run; measured, or (None) not."""
        self.runs += 1
        self.failed += not ok
        self.more = more
        if seconds is not None:
            self.seconds += seconds
            self.durations[bisect_left(BOUNDS, seconds)] += 1


def note(session: Session, name: str, at: datetime, error: str | None, tally: Tally | None = None) -> None:
    """Write down that a round ran, and what was counted since the last time. ``failures`` counts those in a row."""
    run = session.get(RoundRun, name, with_for_update=True) or _begin(session, name, at)
    run.last_run_at = at
    run.last_error = error[:1000] if error else None
    run.failures = run.failures + 1 if error else 0
    run.last_success_at = run.last_success_at if error else at
    if tally is not None:
        run.runs += tally.runs
        run.failed += tally.failed
        run.seconds += tally.seconds
        run.durations = json.dumps([a + b for a, b in zip(durations_of(run), tally.durations, strict=True)])
        run.more = tally.more


def _begin(session: Session, name: str, at: datetime) -> RoundRun:
    """The row of a round that never ran, whichever of several processes that start at once is the first to add it."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    empty = {"runs": 0, "failed": 0, "seconds": 0.0, "durations": "[]", "more": False}
    row = insert(RoundRun).values(name=name, last_run_at=at, failures=0, **empty)
    session.execute(row.on_conflict_do_nothing(index_elements=[RoundRun.name]))
    return session.get_one(RoundRun, name, with_for_update=True)


def durations_of(run: RoundRun) -> list[int]:
    """How many runs fell into each class of ``BOUNDS``, and beyond."""
    counted: list[int] = json.loads(run.durations)
    return counted or [0] * (len(BOUNDS) + 1)


def all_runs(session: Session) -> dict[str, RoundRun]:
    """The last run of every round that ever ran."""
    return {run.name: run for run in session.scalars(select(RoundRun))}
