"""When each round ran last, and how it went: for ``giftpulse rounds``, health and the doctor."""

from datetime import datetime

from sqlalchemy import Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from giftpulse.ground.database import Base


class RoundRun(Base):
    """The last run of a round, by whichever process."""

    __tablename__ = "round_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]
    failures: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)


def note(session: Session, name: str, at: datetime, error: str | None) -> None:
    """Write down that a round ran. ``failures`` counts those in a row."""
    run = session.get(RoundRun, name)
    if run is None:
        run = RoundRun(name=name, failures=0)
        session.add(run)
    run.last_run_at = at
    run.last_error = error[:1000] if error else None
    run.failures = run.failures + 1 if error else 0
    run.last_success_at = run.last_success_at if error else at


def all_runs(session: Session) -> dict[str, RoundRun]:
    """The last run of every round that ever ran."""
    return {run.name: run for run in session.scalars(select(RoundRun))}
