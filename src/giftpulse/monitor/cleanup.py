"""Retention of the monitor: resolved alerts with all that belongs to them, and counting that nobody needs any more."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk, clock
from giftpulse.ground.site import Site
from giftpulse.monitor.alerts.models import RESOLVED, Alert, AlertEvent, AlertGroup, Silence
from giftpulse.monitor.notify.models import PENDING, Notification, NotificationAttempt
from giftpulse.monitor.rules.language import MAX_DURATION

AT_ONCE = 1000


def cleanup(site: Site, *, days: int | None = None, dry_run: bool = False) -> dict[str, int]:
    """Remove alerts resolved longer ago than ``days`` (default RETENTION_DAYS). Says how many of what."""
    oldest = clock.now() - timedelta(days=site.settings.retention_days if days is None else days)
    old = (Alert.state == RESOLVED) & (Alert.resolved_at < oldest)
    # No window is longer than this, so older counts can no longer matter; nor can a cooldown.
    idle = AlertGroup.last_event_at < clock.now() - 2 * MAX_DURATION
    over = Silence.ends_at < oldest
    if dry_run:
        with site.database.read() as session:
            counts = {"alerts": old, "alert groups": idle, "silences": over}
            return {name: session.scalar(select(func.count()).where(what)) or 0 for name, what in counts.items()}
    alerts = 0
    while True:
        with site.database.begin() as session:
            ids = session.scalars(select(Alert.id).where(old).limit(AT_ONCE)).all()
            _remove(session, list(ids))
        alerts += len(ids)
        if len(ids) < AT_ONCE:
            break
    _forget_samples(site)
    with site.database.begin() as session:
        tests = (Notification.alert_id.is_(None)) & (Notification.created_at < oldest)
        ids = session.scalars(select(Notification.id).where(tests)).all()
        session.execute(
            delete(NotificationAttempt).where(bulk.among(session, NotificationAttempt.notification_id, ids))
        )
        session.execute(delete(Notification).where(bulk.among(session, Notification.id, ids)))
        groups = session.scalars(delete(AlertGroup).where(idle).returning(AlertGroup.rule_id)).all()
        silences = session.scalars(delete(Silence).where(over).returning(Silence.id)).all()
    return {"alerts": alerts, "alert groups": len(groups), "silences": len(silences)}


def _forget_notices(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(NotificationAttempt).where(bulk.among(session, NotificationAttempt.notification_id, ids)))
    session.execute(delete(Notification).where(bulk.among(session, Notification.id, ids)))


def _forget_samples(site: Site) -> None:
    """Notices repeat texts of messages: what was sent long enough ago keeps its history, but not its words."""
    oldest = clock.now() - timedelta(days=site.settings.body_retention_days)
    done = (Notification.state != PENDING) & (Notification.finished_at < oldest) & (Notification.alert != "{}")
    with site.database.begin() as session:
        session.execute(update(Notification).where(done).values(alert="{}"))


def _remove(session: Session, ids: list[int]) -> None:
    told = select(Notification.id).where(bulk.among(session, Notification.alert_id, ids), Notification.state != PENDING)
    for statement in (
        delete(NotificationAttempt).where(NotificationAttempt.notification_id.in_(told)),
        delete(Notification).where(Notification.id.in_(told)),
        delete(AlertEvent).where(bulk.among(session, AlertEvent.alert_id, ids)),
        delete(Alert).where(bulk.among(session, Alert.id, ids)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
