"""Alerts that are open, and whether people hear of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.ground.site import Site
from giftpulse.metrics.families import age, gauge, one
from giftpulse.monitor.alerts.models import ACKNOWLEDGED, FIRING, RESOLVED, Alert
from giftpulse.monitor.notify.models import DROPPED, FAILED, PENDING, SENT, Notification
from giftpulse.monitor.rules.builtin import BLIND_ID
from giftpulse.monitor.rules.language import SEVERITIES

NEWEST = 1000
"""Notifications that are looked at: all of them would be more every day."""


def collect(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    """Three queries."""
    is_blind = (Alert.rule_id == BLIND_ID).label("is_blind")
    grouped = select(Alert.severity, Alert.state, is_blind, func.count()).where(Alert.state != RESOLVED)
    found = session.execute(grouped.group_by(Alert.severity, Alert.state, is_blind)).all()
    alerts: Counter[tuple[str, str]] = Counter()
    alerts.update({(severity, state): 0 for severity in SEVERITIES for state in (FIRING, ACKNOWLEDGED)})
    for severity, state, _, number in found:
        alerts[severity, state] += number
    yield gauge(
        "giftpulse_alerts_open",
        "Alerts that are open, by severity and state (firing, acknowledged)",
        alerts.items(),
        ("severity", "state"),
    )
    yield gauge(
        "giftpulse_blind",
        "1 while the alert of the built-in rule is open: GiftPulse does not see what happens",
        one(any(blind for _, _, blind, _ in found)),
    )
    yield from _notifications(session, now)


def _notifications(session: Session, now: datetime) -> Iterator[Metric]:
    waiting = select(func.count(), func.min(Notification.created_at)).where(Notification.state == PENDING)
    pending, oldest = session.execute(waiting).one()
    yield gauge("giftpulse_notifications_pending", "Notifications that are not sent yet", one(pending))
    yield gauge(
        "giftpulse_notifications_oldest_pending_age_seconds",
        "Seconds since the oldest notification that is not sent yet was written; 0 if there is none",
        one(age(now, oldest)),
    )
    newest = select(Notification.state).order_by(Notification.id.desc()).limit(NEWEST).subquery()
    states = Counter(dict.fromkeys((PENDING, SENT, FAILED, DROPPED), 0))
    for state, number in session.execute(select(newest.c.state, func.count()).group_by(newest.c.state)):
        states[state] = number
    yield gauge(
        "giftpulse_notifications_recent",
        f"The newest {NEWEST:,} notifications, by state: pending, sent, failed, dropped",
        [((state,), number) for state, number in states.items()],
        ("state",),
    )
