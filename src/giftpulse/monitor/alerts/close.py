"""Resolving alerts: those that went quiet, those whose rule changed, and those that a person resolved."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from giftpulse.ground.errors import ConflictError, NotFoundError
from giftpulse.logs.models import LogCursor
from giftpulse.monitor.alerts.models import ACKNOWLEDGED, FIRING, RESOLVED, Alert, AlertEvent, AlertGroup
from giftpulse.monitor.rules.models import Rule

AT_ONCE = 500
BLIND_AT_MOST = timedelta(hours=24)
"""How long a poll that does not succeed may keep alerts from resolving."""

QUIET, RULE_CHANGED, RULE_DELETED, RULE_DISABLED = "quiet", "rule changed", "rule deleted", "rule disabled"


def seen_until(session: Session, now: datetime, account_sid: str | None) -> datetime:
    """Up to when we know what happened: the oldest watermark of the polls, or now where nothing is polled.

    Quiet that we could not have heard is no quiet: an alert must not resolve because we are blind.
    """
    oldest = session.scalar(select(func.min(LogCursor.watermark)).where(LogCursor.account_sid == account_sid))
    return now if oldest is None else min(now, max(oldest, now - BLIND_AT_MOST))


def close_quiet(session: Session, now: datetime, account_sid: str | None) -> list[Alert]:
    """Resolve what has been quiet for as long as its rule wants."""
    horizon = seen_until(session, now, account_sid)
    due = (
        select(Alert)
        .where(Alert.state != RESOLVED, Alert.closes_at <= horizon)
        .order_by(Alert.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return [settle(session, alert, QUIET, now) for alert in session.scalars(due)]


def close_changed(session: Session, now: datetime) -> list[Alert]:
    """Resolve alerts of rules that have been changed, switched off or deleted since they opened."""
    statement = (
        select(Alert, Rule)
        .join(Rule, Rule.id == Alert.rule_id)
        .where(Alert.state != RESOLVED)
        .where(or_(Rule.version != Alert.rule_version, Rule.deleted_at.is_not(None), Rule.enabled.is_(False)))
        .order_by(Alert.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Alert)
    )
    return [settle(session, alert, _reason(rule), now) for alert, rule in session.execute(statement)]


def _reason(rule: Rule) -> str:
    if rule.deleted_at is not None:
        return RULE_DELETED
    return RULE_CHANGED if rule.enabled else RULE_DISABLED


def acknowledge(session: Session, alert_id: int, who: str, now: datetime) -> Alert:
    """A person has seen it and works on it. Harmless when done twice; not possible once resolved."""
    alert = get(session, alert_id, lock=True)
    if alert.state == RESOLVED:
        raise ConflictError("the alert is resolved already")
    if alert.state == FIRING:
        alert.state, alert.acknowledged_at, alert.acknowledged_by = ACKNOWLEDGED, now, who
        session.add(AlertEvent(alert_id=alert.id, at=now, what="acknowledged", why=f"by {who}"))
    return alert


def resolve(session: Session, alert_id: int, who: str, now: datetime) -> Alert:
    """A person says that it is over. Counting begins anew. Harmless when done twice."""
    seen = get(session, alert_id)
    # The group before the alert, as whoever feeds them does: two orders would wait for each other.
    group = session.get(AlertGroup, (seen.rule_id, seen.group_key), with_for_update=True)
    alert = get(session, alert_id, lock=True)
    if alert.state != RESOLVED:
        if group is not None:
            group.times = b""
        settle(session, alert, f"by {who}", now)
    return alert


def get(session: Session, alert_id: int, *, lock: bool = False) -> Alert:
    """An alert. Raises NotFoundError."""
    alert = session.get(Alert, alert_id, with_for_update=lock or None, populate_existing=lock)
    if alert is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return alert


def settle(session: Session, alert: Alert, reason: str, now: datetime) -> Alert:
    """An alert is over, for this reason. Whoever was told of it will be told so."""
    alert.state, alert.resolved_at, alert.resolved_reason = RESOLVED, now, reason
    alert.notice_due_at = now
    session.add(AlertEvent(alert_id=alert.id, at=now, what="resolved", why=reason))
    return alert
