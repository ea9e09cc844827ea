"""The outbox as the sender sees it: claim what is due, with the attempt written down first; record what came of it."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.store import config_of
from giftpulse.monitor.alerts.models import AlertEvent
from giftpulse.monitor.channels.notice import Notice
from giftpulse.monitor.channels.outcome import Outcome
from giftpulse.monitor.channels.registry import CHANNELS
from giftpulse.monitor.notify.backoff import Policy, next_attempt
from giftpulse.monitor.notify.models import DROPPED, FAILED, PENDING, SENT, Notification, NotificationAttempt

PLACES_OF_ONE = 4
"""Attempts that one action may have under way, so that a black hole cannot take all the places."""


@dataclass(frozen=True)
class Task:
    """One attempt to make: everything it needs, so that no database is open while the receiver answers. ``config``
    None: no key of ours opens it, and the attempt fails."""

    notification_id: int
    number: int
    action_id: int
    action_type: str
    config: dict[str, Any] | None
    notice: Notice


def claim(
    session: Session, site: Site, now: datetime, *, at_most: int, lasts: timedelta, under_way: Mapping[int, int]
) -> list[Task]:
    """Claim due notifications, oldest first. ``under_way``: how many attempts each action has already.

    A notice waits for the earlier ones of the same alert and action, so nobody hears of the end before the fire.
    """
    places = Counter(under_way)
    tasks: list[Task] = []
    while len(tasks) < at_most:
        full = [action for action, number in places.items() if number >= PLACES_OF_ONE]
        due = _due(now, full).limit(PLACES_OF_ONE)
        found = session.execute(due.with_for_update(skip_locked=True, of=Notification)).all()
        for notification, action in found:
            if reason := _needless(session, notification, action):
                _finish(session, notification, DROPPED, reason, now)
            elif places[action.id] < PLACES_OF_ONE:
                tasks.append(_take(session, site, notification, action, now + lasts))
                places[action.id] += 1
        session.flush()
        if not found:
            break
    return tasks


def _due(now: datetime, full: Sequence[int]) -> Select[Notification, Action]:
    earlier = aliased(Notification)
    waits = exists().where(
        earlier.alert_id == Notification.alert_id,
        earlier.action_id == Notification.action_id,
        earlier.id < Notification.id,
        earlier.state == PENDING,
    )
    return (
        select(Notification, Action)
        .join(Action, Action.id == Notification.action_id)
        .where(Notification.state == PENDING, Notification.next_attempt_at <= now, ~waits)
        .where((Notification.claimed_until.is_(None)) | (Notification.claimed_until <= now))
        .where(Notification.action_id.not_in(full))
        .order_by(Notification.next_attempt_at, Notification.id)
    )


def _take(session: Session, site: Site, notification: Notification, action: Action, until: datetime) -> Task:
    notification.claimed_until = until
    notification.attempts += 1
    started = clock.now()
    session.add(NotificationAttempt(notification_id=notification.id, number=notification.attempts, started_at=started))
    return _task(session, site, notification, action)


def _needless(session: Session, notification: Notification, action: Action) -> str | None:
    if notification.reason != "test" and (not action.enabled or action.deleted_at is not None):
        return "the action was switched off"
    if notification.reason == "resolved":
        statement = select(Notification.state).where(
            Notification.alert_id == notification.alert_id,
            Notification.action_id == notification.action_id,
            Notification.reason == "firing",
        )
        if session.scalar(statement) != SENT:
            return "its firing notice never arrived"
    return None


def _task(session: Session, site: Site, notification: Notification, action: Action) -> Task:
    channel = CHANNELS[action.action_type]
    retry_only = tuple(json.loads(notification.retry_only)) if notification.retry_only else ()
    config = config_of(site, action)
    if config is not None:
        config = channel.narrow(config, retry_only)
    first = session.scalar(
        select(Notification.notice_id)
        .where(Notification.alert_id == notification.alert_id, Notification.action_id == notification.action_id)
        .order_by(Notification.id)
        .limit(1)
    )
    notice = Notice(
        id=notification.notice_id,
        reason=notification.reason,
        alert=json.loads(notification.alert),
        created_at=notification.created_at,
        first_id=first if first and first != notification.notice_id else "",
    )
    return Task(notification.id, notification.attempts, action.id, action.action_type, config, notice)


def record(session: Session, task: Task, outcome: Outcome, policy: Policy, now: datetime) -> None:
    """Write down what came of an attempt, and when the next one is."""
    attempt = session.get_one(NotificationAttempt, (task.notification_id, task.number))
    attempt.finished_at, attempt.status = now, outcome.status
    attempt.detail = " | ".join(part for part in (outcome.detail, *outcome.warnings) if part)
    notification = session.get_one(Notification, task.notification_id, with_for_update=True)
    if notification.attempts != task.number or notification.state != PENDING:
        attempt.outcome = "overtaken"  # our claim had run out, and another attempt has begun since
        return
    attempt.outcome = "delivered" if outcome.delivered else "permanent" if outcome.permanent else "temporary"
    if outcome.delivered:
        _finish(session, notification, SENT, attempt.detail, now)
        return
    notification.failures += 1
    again = next_attempt(notification.failures, now, outcome, policy, random.random, notification.created_at)
    action = session.get_one(Action, task.action_id)
    action.trouble = f"{now.isoformat()}: {attempt.detail}"
    if outcome.disable:
        action.enabled = False
    if again is None or notification.reason == "test":
        _finish(session, notification, FAILED, attempt.detail, now)
        return
    notification.next_attempt_at, notification.claimed_until = again, None
    notification.retry_only = json.dumps(outcome.retry_only) if outcome.retry_only else notification.retry_only
    notification.detail = attempt.detail


def cut_off(session: Session, task: Task, now: datetime) -> None:
    """We broke an attempt off ourselves: it is due again at once, and has cost no retry."""
    attempt = session.get_one(NotificationAttempt, (task.notification_id, task.number))
    attempt.finished_at, attempt.outcome, attempt.detail = now, "cut off", "the service was stopped"
    notification = session.get_one(Notification, task.notification_id, with_for_update=True)
    if notification.attempts == task.number and notification.state == PENDING:
        notification.claimed_until, notification.next_attempt_at = None, now


def _finish(session: Session, notification: Notification, state: str, detail: str, now: datetime) -> None:
    notification.state, notification.detail, notification.finished_at = state, detail, now
    notification.next_attempt_at = notification.claimed_until = None
    if notification.alert_id is not None:
        what = f"notice {state}: {notification.reason}"
        why = f"action {notification.action_id}" + (f": {detail}" if detail else "")
        session.add(AlertEvent(alert_id=notification.alert_id, at=now, what=what, why=why))


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next notification is to be sent, or a claim of a sender that died runs out."""
    at = func.min(func.coalesce(Notification.claimed_until, Notification.next_attempt_at))
    return session.scalar(select(at).where(Notification.state == PENDING))
