"""Retention of the monitor: resolved alerts with all that belongs to them, and counting that nobody needs any more."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Delete, Update, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk, clock
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import FORGOTTEN, Action
from giftpulse.monitor.actions.relock import forget_deleted
from giftpulse.monitor.alerts.models import RESOLVED, Alert, AlertEvent, AlertGroup, Silence
from giftpulse.monitor.notify.models import PENDING, Notification, NotificationAttempt
from giftpulse.monitor.rules.language import MAX_DURATION
from giftpulse.monitor.rules.models import Rule

AT_ONCE = 1000
_TOLD_WITHIN = timedelta(days=2)  # the end of a rule's alerts is told, and that is tried for a day


_Step = Callable[[Session], int]
"""Removes up to ``AT_ONCE`` rows in a transaction of its own, and says how many."""


def cleanup(site: Site, *, days: int | None = None, dry_run: bool = False) -> dict[str, int]:
    """Remove alerts resolved longer ago than ``days`` (default RETENTION_DAYS). Says how many of what."""
    now = clock.now()
    oldest = now - timedelta(days=site.settings.retention_days if days is None else days)
    words = now - timedelta(days=site.settings.body_retention_days)
    old = (Alert.state == RESOLVED) & (Alert.resolved_at < oldest)
    # No window is longer than this, so older counts can no longer matter; nor can a cooldown.
    idle = AlertGroup.last_event_at < now - 2 * MAX_DURATION
    over = Silence.ends_at < oldest
    if dry_run:
        with site.database.read() as session:
            counts = {"alerts": old, "alert groups": idle, "silences": over}
            return {name: session.scalar(select(func.count()).where(what)) or 0 for name, what in counts.items()}
    removed = {"alerts": _repeat(site, lambda session: _remove_alerts(session, old))}
    _repeat(site, lambda session: _forget_samples(session, words))
    _repeat(site, lambda session: _remove_tests(session, oldest))
    with site.database.begin() as session:
        _remove_orphans(session, now)
    removed["alert groups"] = _repeat(site, lambda session: _remove_groups(session, idle))
    removed["silences"] = _repeat(site, lambda session: _remove_silences(session, over))
    return removed


def _repeat(site: Site, step: _Step) -> int:
    total, done = 0, AT_ONCE
    while done == AT_ONCE:
        with site.database.begin() as session:
            done = step(session)
        total += done
    return total


def _remove_alerts(session: Session, old: ColumnElement[bool]) -> int:
    ids = session.scalars(select(Alert.id).where(old).limit(AT_ONCE)).all()
    if ids:
        told = (bulk.among(session, Notification.alert_id, ids)) & (Notification.state != PENDING)
        _remove_notices(session, session.scalars(select(Notification.id).where(told)).all())
        _run(session, delete(AlertEvent).where(bulk.among(session, AlertEvent.alert_id, ids)))
        _run(session, delete(Alert).where(bulk.among(session, Alert.id, ids)))
    return len(ids)


def _remove_tests(session: Session, oldest: datetime) -> int:
    tests = (Notification.alert_id.is_(None)) & (Notification.created_at < oldest)
    ids = session.scalars(select(Notification.id).where(tests).limit(AT_ONCE)).all()
    _remove_notices(session, ids)
    return len(ids)


def _remove_orphans(session: Session, now: datetime) -> None:
    """Delete the actions of rules that were deleted, when all is told of them; and forget what deleted ones had."""
    gone = select(Rule.id).where(Rule.deleted_at < now - _TOLD_WITHIN)
    orphans = update(Action).where(Action.deleted_at.is_(None), Action.rule_id.in_(gone))
    _run(session, orphans.values(deleted_at=now, enabled=False, config=FORGOTTEN))
    forget_deleted(session)


def _remove_notices(session: Session, ids: Sequence[int]) -> None:
    """By their ids themselves: for a subquery, Postgres would read all notices there are."""
    _run(session, delete(NotificationAttempt).where(bulk.among(session, NotificationAttempt.notification_id, ids)))
    _run(session, delete(Notification).where(bulk.among(session, Notification.id, ids)))


def _forget_samples(session: Session, oldest: datetime) -> int:
    """Notices repeat texts of messages: what was sent long enough ago keeps its history, but not its words."""
    done = (Notification.state != PENDING) & (Notification.finished_at < oldest) & (Notification.alert != "{}")
    ids = session.scalars(select(Notification.id).where(done).limit(AT_ONCE)).all()
    if ids:
        _run(session, update(Notification).where(bulk.among(session, Notification.id, ids)).values(alert="{}"))
    return len(ids)


def _remove_groups(session: Session, idle: ColumnElement[bool]) -> int:
    key = tuple_(AlertGroup.rule_id, AlertGroup.group_key)
    some = select(AlertGroup.rule_id, AlertGroup.group_key).where(idle).limit(AT_ONCE)
    # Once more ``idle``: one that came to life since it was looked up stays.
    gone = delete(AlertGroup).where(key.in_(some), idle).returning(AlertGroup.rule_id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())


def _remove_silences(session: Session, over: ColumnElement[bool]) -> int:
    ids = session.scalars(select(Silence.id).where(over).limit(AT_ONCE)).all()
    if ids:
        _run(session, delete(Silence).where(bulk.among(session, Silence.id, ids)))
    return len(ids)


def _run(session: Session, change: Delete | Update) -> None:
    session.execute(change.execution_options(synchronize_session=False))
