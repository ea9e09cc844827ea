"""Writing down what came of a batch of requests, in one transaction and by sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath, binding, consequences, days
from giftpulse.daily.outbox.aftermath import Failure
from giftpulse.daily.outbox.follow import follow
from giftpulse.daily.outbox.models import (
    ACCEPTED,
    FAILED,
    PLANNED,
    POSTING,
    UNKNOWN,
    Delivery,
    DeliveryEvent,
)  # fmt: skip
from giftpulse.daily.outbox.post import Outcome
from giftpulse.ground import bulk
from giftpulse.ground.database import instant_text
from giftpulse.ground.settings import Settings
from giftpulse.logs import intake

FIRST_LOOK = timedelta(minutes=2)
"""After an answer was lost, how long to wait for a callback before Twilio's list is asked."""

LOST = "the answer was lost"

_DELIVERIES = cast(Table, Delivery.__table__)
_EVENTS = cast(Table, DeliveryEvent.__table__)
_AGAIN = ("state", "send_at", "posted_at", "claimed_until", "reason", "attempts")
_LONGEST_WAIT = 60.0  # seconds


@dataclass
class _Rows:
    accepted: list[tuple[Any, ...]] = field(default_factory=list)
    again: list[tuple[Any, ...]] = field(default_factory=list)
    unknown: list[tuple[Any, ...]] = field(default_factory=list)
    failed: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    returned: dict[tuple[int, date], tuple[int, int]] = field(default_factory=dict)

    def give_back(self, outcome: Outcome) -> None:
        """This text was claimed and not sent: what it took of its day is free again."""
        task = outcome.task
        texts, segments = self.returned.get((task.program_id, task.local_date), (0, 0))
        self.returned[task.program_id, task.local_date] = (texts + 1, segments + task.segments)


def record(session: Session, settings: Settings, outcomes: Sequence[Outcome], account_sid: str, now: datetime) -> None:
    """Record outcomes. A row that a callback has settled in the meantime is left as it is; one that was given up, and
    that Twilio has all the same, gets its message, so that it is not sent again."""
    ours = _still_ours(session, [outcome.task.delivery_id for outcome in outcomes])
    rows = _Rows()
    late = {o.task.delivery_id: o.sid for o in outcomes if o.sid is not None and not _is_of(o, ours)}
    for outcome in outcomes:
        if not _is_of(outcome, ours):
            continue
        if outcome.task.delivery_id not in late:
            _sort(rows, outcome, now)
        elif outcome.sid is not None:  # Twilio has it twice; the first one is the row's
            rows.events.append((outcome.task.delivery_id, instant_text(now), "a second message", outcome.sid))
    binding.bind(session, late, now)
    bulk.update(session, _DELIVERIES, "id", ("state", "sid", "claimed_until", "finished_at"), rows.accepted)
    bulk.update(session, _DELIVERIES, "id", _AGAIN, rows.again)
    bulk.update(session, _DELIVERIES, "id", ("state", "claimed_until", "reason"), rows.unknown)
    columns = ("state", "error_code", "reason", "claimed_until", "finished_at")
    bulk.update(session, _DELIVERIES, "id", columns, rows.failed)
    days.give_back(session, rows.returned)
    bulk.insert(session, _EVENTS, ("delivery_id", "at", "what", "why"), rows.events)
    _keep(session, settings, outcomes, account_sid, now)
    aftermath.apply(session, settings, rows.failures, now)


def _still_ours(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """The rows whose outcome is not known yet, and the claim that they are open for: what comes late of an older claim
    must not be taken for its outcome. All of them are locked, in one order, whatever has become of them."""
    statement = select(Delivery.id, Delivery.posted_at, Delivery.state).where(bulk.among(session, Delivery.id, ids))
    found = session.execute(statement.order_by(Delivery.id).with_for_update(of=Delivery))
    return {row_id: at for row_id, at, state in found if at is not None and state in (POSTING, UNKNOWN)}


def _is_of(outcome: Outcome, ours: Mapping[int, datetime]) -> bool:
    return ours.get(outcome.task.delivery_id) == outcome.task.posted_at


def _sort(rows: _Rows, outcome: Outcome, now: datetime) -> None:
    row_id, at = outcome.task.delivery_id, instant_text(now)
    if outcome.answer == "accepted":
        rows.accepted.append((row_id, ACCEPTED, outcome.sid, None, None))
        return
    if outcome.answer == "late":
        # It was no try: Twilio was not asked.
        rows.again.append((row_id, PLANNED, at, None, None, outcome.reason, outcome.task.attempts - 1))
        rows.give_back(outcome)
        return
    if outcome.answer == "unknown":
        rows.unknown.append((row_id, UNKNOWN, instant_text(now + FIRST_LOOK), outcome.reason))
        rows.events.append((row_id, at, LOST, outcome.reason))
        return
    what = consequences.of(outcome.code)
    if outcome.answer == "not_taken" or outcome.code in consequences.NOT_TAKEN or what.kind == "again":
        again = now + timedelta(seconds=_wait(outcome))
        rows.give_back(outcome)
        attempts = outcome.task.attempts
        rows.again.append((row_id, PLANNED, instant_text(again), None, None, outcome.reason, attempts))
        rows.events.append((row_id, at, "Twilio did not take it; it waits", outcome.reason))
    else:
        rows.failed.append((row_id, FAILED, outcome.code, outcome.reason, None, at))
        rows.events.append((row_id, at, "Twilio refused it", outcome.reason))
    if outcome.answer == "refused":
        task = outcome.task
        rows.failures.append(Failure(task.program_id, task.subscriber_id, None, outcome.code))


def _wait(outcome: Outcome) -> float:
    """Seconds until the next try: what Twilio asked for, or twice as long each time."""
    if outcome.wait is not None:
        return min(outcome.wait, _LONGEST_WAIT)
    return float(min(0.5 * 2 ** min(outcome.task.attempts, 10), _LONGEST_WAIT))


def _keep(session: Session, settings: Settings, outcomes: Sequence[Outcome], account_sid: str, now: datetime) -> None:
    """Twilio's answers go into the record like everything it says; what the record knew already is applied."""
    raw = [outcome.raw for outcome in outcomes if outcome.raw is not None]
    if not raw:
        return
    taken = intake.take_rows(session, "message", raw, account_sid, "sent", now, keep_body=settings.store_bodies)
    if taken.written.new == len(raw):
        return
    sids = [outcome.sid for outcome in outcomes if outcome.sid is not None]
    aftermath.apply_moved(session, settings, follow(session, sids, now), now)
