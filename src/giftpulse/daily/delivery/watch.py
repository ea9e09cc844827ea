"""Watching how texts go: a bad first slice stops its program, a failing sender rests. One step of the confirm round."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.delivery import health
from giftpulse.daily.delivery.health import Tally
from giftpulse.daily.outbox import days
from giftpulse.daily.outbox.consequences import PERSONAL
from giftpulse.daily.outbox.models import DELIVERED, FAILED, SENT, SKIPPED, UNDELIVERED, Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program, ProgramDay
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground import clock
from giftpulse.ground.site import Site

_LATEST = timedelta(hours=1)  # an outcome that comes later says nothing about now
_DAY = timedelta(hours=50)  # a local date, from its first moment anywhere to its last


def watch(site: Site) -> None:
    """Judge open first slices and busy senders."""
    with site.database.begin() as session:
        now = clock.now()
        holds.expire(session, now)
        judge_slices(session, now)
        judge_senders(session, site, now)


def judge_slices(session: Session, now: datetime) -> None:
    """Open the way for the rest of a day, or stop its program."""
    open_days = select(ProgramDay).where(ProgramDay.canary == days.OPEN)
    # Locked in one order, that of days.give_back.
    open_days = open_days.order_by(ProgramDay.program_id, ProgramDay.local_date).with_for_update()
    for day in session.scalars(open_days):
        if day.local_date < (now - _DAY).date():
            day.canary, day.canary_reason = days.PASSED, "the day is over"
            continue
        verdict = health.judge_slice(day.canary_size, _tally_of_day(session, day, now), day.canary_full_at, now)
        if verdict.passed is None:
            continue
        day.canary = days.PASSED if verdict.passed else days.FAILED
        day.canary_reason = verdict.reason
        if not verdict.passed:
            reason = f"the first slice of {day.local_date} went badly: {verdict.reason}"
            holds.hold(session, f"program:{day.program_id}", holds.CANARY, reason, now)


def judge_senders(session: Session, site: Site, now: datetime) -> None:
    """Let a sender rest whose texts fail."""
    recent = (
        select(Delivery.program_id, Delivery.state, Delivery.error_code, func.count())
        .where(Delivery.finished_at >= now - health.LOOK_BACK, Delivery.posted_at >= now - _LATEST)
        .group_by(Delivery.program_id, Delivery.state, Delivery.error_code)
    )
    by_program: dict[int, list[Any]] = {}
    for row in session.execute(recent):
        by_program.setdefault(row[0], []).append(row)
    by_sender: dict[str, list[Any]] = {}
    for program in session.scalars(select(Program).where(Program.id.in_(by_program))):
        if sender := sender_of(program, site.settings):
            by_sender.setdefault(sender, []).extend(by_program[program.id])
    for sender, rows in by_sender.items():
        if reason := health.judge_sender(_tally(rows)):
            holds.hold(session, holds.of_sender(sender), holds.BREAKER, reason, now, now + health.REST)


def _tally_of_day(session: Session, day: ProgramDay, now: datetime) -> Tally:
    rows = session.execute(
        select(Delivery.program_id, Delivery.state, Delivery.error_code, func.count())
        .where(Delivery.program_id == day.program_id, Delivery.local_date == day.local_date)
        .where(Delivery.posted_at >= now - _DAY)
        .group_by(Delivery.program_id, Delivery.state, Delivery.error_code)
    )
    return _tally(rows)


def _tally(rows: Iterable[Any]) -> Tally:
    counted: Counter[str] = Counter()
    for _, state, code, number in rows:
        counted[_kind(state, code)] += number
    return Tally(counted["good"], counted["bad"], counted["open"], counted["sent"])


def _kind(state: str, code: int | None) -> str:
    if state == DELIVERED:
        return "good"
    if state in (UNDELIVERED, FAILED):
        return "other" if code in PERSONAL else "bad"
    return "other" if state == SKIPPED else "sent" if state == SENT else "open"
