"""Who ticks for the rounds where they run on many machines, and when somebody did last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from giftpulse.ground import lock, runs
from giftpulse.ground.lock import Lease
from giftpulse.ground.runs import RoundRun

NAME = "beat"
"""Of the lease of the one who ticks, and of its row among the runs of rounds."""

_SILENT_AFTER = timedelta(minutes=1)
_OVER_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ticking:
    """``holder``: who ticks now, if anybody. ``trouble``: what is wrong, if something is."""

    holder: str | None
    last_tick_at: datetime | None
    trouble: str | None


def tick(session: Session, holder: str, now: datetime, lasts: timedelta, trouble: str | None) -> int | None:
    """Take or renew the lease, and note that somebody ticks; or cannot, and why. Answers its fence, or None while
    somebody else ticks."""
    fence = lock.acquire(session, NAME, holder, now, lasts)
    if fence is not None:
        runs.note(session, NAME, now, trouble)
    return fence


def ticking(session: Session, now: datetime) -> Ticking | None:
    """How it stands; None where nobody ever ticked, and after a day without: by then rounds run by other means, or
    each of them says that it does not."""
    run = session.get(RoundRun, NAME)
    if run is None or now - run.last_run_at > _OVER_AFTER:
        return None
    lease = session.get(Lease, NAME)
    holder = lease.holder if lease is not None and lease.expires_at > now else None
    last = run.last_success_at
    if last is not None and now - last <= _SILENT_AFTER:
        return Ticking(holder, last, None)
    silence = f"for {(now - last).total_seconds():.0f} s" if last else "yet"
    reason = f": {run.last_error}" if run.last_error else ""
    return Ticking(holder, last, f"nobody has ticked for the rounds {silence}{reason} (`giftpulse beat`)")


def forget(session: Session) -> None:
    """Rounds run in one process from now on, which needs no ticks."""
    session.execute(delete(RoundRun).where(RoundRun.name == NAME))
