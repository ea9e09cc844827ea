"""The check-up of an installation: whether we see, and how far behind we are. No secrets.

It stands below the timetable, so that a round may ask; what is expected of rounds is handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import giftpulse
from giftpulse.daily import troubles as daily
from giftpulse.daily.delivery.confirm import READER as DELIVERY
from giftpulse.daily.inbound.listen import READER as INBOUND
from giftpulse.ground import clock, runs, ticking
from giftpulse.ground.phone import mask_all
from giftpulse.ground.site import Site
from giftpulse.logs import readers, sight
from giftpulse.logs.models import LogReader
from giftpulse.monitor.match import READER
from giftpulse.monitor.notify.models import PENDING, Notification

FAILS_AFTER = 3
"""Runs of a round that fail in a row before it is a trouble."""

_READERS = {READER: "the rules", DELIVERY: "the outbox", INBOUND: "those who answer people"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a round: how long it may be silent, and whether it is a trouble of ours when it fails."""

    name: str
    patience: timedelta
    is_judged: bool


class RoundHealth(BaseModel):
    """A round: when it ran last, and how long ago that is."""

    last_run_at: datetime | None
    lag_seconds: float | None
    failures: int = Field(description="In a row")


class SourceHealth(BaseModel):
    """A resource that is polled: up to when we have seen everything."""

    resource: str
    watermark: datetime | None
    lag_seconds: float | None
    failures: int


class BeatHealth(BaseModel):
    """Who ticks for the rounds where they run on many machines, and when that was last handed over."""

    holder: str | None
    last_tick_at: datetime | None


class Health(BaseModel):
    """``ok``, or what is wrong in ``problems``."""

    status: Literal["ok", "failing"]
    version: str
    database: Literal["ok", "failing"]
    rounds: dict[str, RoundHealth]
    sources: list[SourceHealth]
    batches_owed: int = Field(description="Batches of changes that the rules have not seen yet")
    owed: dict[str, int] = Field(description="The same for each reader of the record: match, delivery, inbound")
    notifications_pending: int
    beat: BeatHealth | None = Field(None, description="Null where one process runs all rounds, and needs no ticks")
    problems: list[str]


def examine(site: Site, expected: Sequence[Expected]) -> Health:
    """The state of the installation, now."""
    try:
        with site.database.read() as session:
            session.execute(text("SELECT 1"))
            return _report(site, session, expected, clock.now())
    except SQLAlchemyError as error:
        # The error's own text may hold the address of the database.
        trouble = [f"the database does not answer ({type(error).__name__})"]
        return Health(
            status="failing", version=giftpulse.__version__, database="failing", rounds={}, sources=[],
            batches_owed=0, owed={}, notifications_pending=0, problems=trouble,
        )  # fmt: skip


def _report(site: Site, session: Session, expected: Sequence[Expected], now: datetime) -> Health:
    rounds, trouble = _rounds(session, expected, now)
    sources = sight.sources(session, site.settings, now)
    trouble += [f"{s.resource}s could not be fetched (failures in a row: {s.failures})" for s in sources if s.unseen]
    owed, unread = _owed(session, now)
    trouble += [*unread, *daily.troubles(session, site.settings, now)]
    beat = ticking.ticking(session, now)
    trouble += [beat.trouble] if beat and beat.trouble else []
    pending = session.scalar(select(func.count()).where(Notification.state == PENDING)) or 0
    return Health(
        status="failing" if trouble else "ok",
        version=giftpulse.__version__,
        database="ok",
        rounds=rounds,
        sources=[_source(each, now) for each in sources],
        batches_owed=owed.get(READER, 0),
        owed=owed,
        notifications_pending=pending,
        beat=BeatHealth(holder=beat.holder, last_tick_at=beat.last_tick_at) if beat else None,
        # Anybody may look here, and the reason of a hold is in Twilio's words.
        problems=[mask_all(each) for each in trouble],
    )


def _source(source: sight.Source, now: datetime) -> SourceHealth:
    return SourceHealth(
        resource=source.resource,
        watermark=source.watermark,
        lag_seconds=(now - source.watermark).total_seconds() if source.watermark else None,
        failures=source.failures,
    )


def _owed(session: Session, now: datetime) -> tuple[dict[str, int], list[str]]:
    """How many batches each reader is behind, and who has been for too long."""
    owed: dict[str, int] = {}
    trouble = []
    for name in session.scalars(select(LogReader.name).order_by(LogReader.name)).all():
        owed[name], oldest = readers.owed_since(session, name)
        if oldest is not None and now - oldest > sight.UNREAD_AFTER:
            seconds = (now - oldest).total_seconds()
            trouble.append(f"changes have waited {seconds:.0f} s for {_READERS.get(name, name)} to see them")
    return owed, trouble


def _rounds(session: Session, expected: Sequence[Expected], now: datetime) -> tuple[dict[str, RoundHealth], list[str]]:
    known, trouble = runs.all_runs(session), []
    report: dict[str, RoundHealth] = {}
    for each in expected:
        run = known.get(each.name)
        lag = (now - run.last_run_at).total_seconds() if run else None
        report[each.name] = RoundHealth(
            last_run_at=run.last_run_at if run else None, lag_seconds=lag, failures=run.failures if run else 0
        )
        if run and run.failures >= FAILS_AFTER and each.is_judged:
            trouble.append(f"the round {each.name!r} failed {run.failures} times in a row")
        elif lag is not None and lag > each.patience.total_seconds():
            trouble.append(f"the round {each.name!r} has not run for {lag:.0f} s")
    return report, trouble
