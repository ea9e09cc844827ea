"""From a decision to rows of the outbox: one notification for each action that is to be told."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from giftpulse.ground import bulk
from giftpulse.ground.database import announce
from giftpulse.ground.errors import InvalidInputError
from giftpulse.logs.models import LogEntry
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.alerts.models import ACKNOWLEDGED, RESOLVED, Alert, AlertEvent, Silence
from giftpulse.monitor.notify.decide import Decision, Facts, Quiet, decide
from giftpulse.monitor.notify.models import PENDING, Notification
from giftpulse.monitor.rules.language import DEFAULT_COOLDOWN
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.store import spec_of
from giftpulse.twilio.error_codes import explain

DUE = "notify.due"
"""The announcement that a notification is on its way."""

AT_ONCE = 500

NOBODY = "but the rule has no enabled action"


def plan_due(session: Session, now: datetime, public_url: str | None) -> int:
    """Decide about the alerts whose time has come, and those that had nobody to tell and have now; answers how many
    there were."""
    due = select(Alert).where(Alert.notice_due_at <= now).order_by(Alert.notice_due_at, Alert.id)
    alerts = _locked(session, due, AT_ONCE)
    alerts += _locked(session, _unheard(), AT_ONCE - len(alerts))
    silences = _silences(session, now) if alerts else []
    for alert in alerts:
        _plan_one(session, alert, silences, now, public_url)
    return len(alerts)


def _locked(session: Session, wanted: Select[Alert], at_most: int) -> list[Alert]:
    return list(session.scalars(wanted.limit(at_most).with_for_update(skip_locked=True, of=Alert)))


def _unheard() -> Select[Alert]:
    """Open alerts that could not be told because no action was there, of rules that have one now. Whoever makes an
    action need not know of alerts; and an alert that opens while an action is being made cannot be missed."""
    nobody = (Alert.notice == f"firing, {NOBODY}") & Alert.told_at.is_(None) & Alert.notice_due_at.is_(None)
    somebody = select(Action.id).where(_tells(Alert.rule_id)).exists()
    return select(Alert).where(Alert.state != RESOLVED, nobody, somebody).order_by(Alert.id)


def _plan_one(session: Session, alert: Alert, silences: Sequence[Quiet], now: datetime, public_url: str | None) -> None:
    rule = session.get(Rule, alert.rule_id)
    decision = decide(_facts(alert, _group_told_at(session, alert), _cooldown(rule)), silences, now)
    alert.notice_due_at = decision.again_at
    actions = _whom(session, alert, decision)
    if decision.tell is not None and not actions:
        decision = Decision(f"{decision.why}, {NOBODY}")
    if decision.why != alert.notice:
        session.add(AlertEvent(alert_id=alert.id, at=now, what=_what(decision), why=decision.why))
    alert.notice = decision.why
    if decision.tell is None:
        return
    if decision.tell == "firing":
        alert.told_at = now
    data = json.dumps(alert_data(session, alert, rule, public_url))
    for action in actions:
        session.add(
            Notification(
                notice_id=f"msg_{secrets.token_hex(12)}",
                alert_id=alert.id,
                action_id=action.id,
                reason=decision.tell,
                alert=data,
                state=PENDING,
                created_at=now,
                next_attempt_at=now,
                attempts=0,
                failures=0,
            )
        )
    announce(session, DUE)


def _what(decision: Decision) -> str:
    return f"told: {decision.tell}" if decision.tell else "waits" if decision.again_at else "not told"


def _cooldown(rule: Rule | None) -> timedelta:
    try:
        return spec_of(rule).cooldown if rule is not None else DEFAULT_COOLDOWN
    except InvalidInputError:  # stored by another version of the program; the catalogue has told of it
        return DEFAULT_COOLDOWN


def _facts(alert: Alert, group_told_at: datetime | None, cooldown: timedelta) -> Facts:
    return Facts(
        rule_id=alert.rule_id,
        severity=alert.severity,
        group=json.loads(alert.group),
        resolved=alert.state == RESOLVED,
        acknowledged=alert.state == ACKNOWLEDGED,
        told_at=alert.told_at,
        group_told_at=group_told_at,
        cooldown=cooldown,
    )


def _group_told_at(session: Session, alert: Alert) -> datetime | None:
    """When somebody was last told of this rule and group, by whichever alert."""
    same = (Alert.rule_id == alert.rule_id) & (Alert.group_key == alert.group_key)
    return session.scalar(select(func.max(Alert.told_at)).where(same))


def _silences(session: Session, now: datetime) -> list[Quiet]:
    statement = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now)
    return [
        Quiet(s.id, s.rule_id, s.severity, json.loads(s.group), s.starts_at, s.ends_at)
        for s in session.scalars(statement)
    ]


def _whom(session: Session, alert: Alert, decision: Decision) -> Sequence[Action]:
    """The actions to tell through: of a fire all that the rule has, of its end those that told of the fire."""
    if decision.tell is None:
        return ()
    told = select(Notification.action_id).where(Notification.alert_id == alert.id, Notification.reason == "firing")
    heard = Action.id.in_(told) & Action.enabled & Action.deleted_at.is_(None)
    wanted = select(Action).where(heard if decision.tell == "resolved" else _tells(alert.rule_id))
    return session.scalars(wanted.order_by(Action.id)).all()


def _tells(rule_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether an action is there to tell of the alerts of a rule."""
    return Action.enabled & Action.deleted_at.is_(None) & or_(Action.rule_id == rule_id, Action.rule_id.is_(None))


def alert_data(session: Session, alert: Alert, rule: Rule | None, public_url: str | None) -> dict[str, Any]:
    """The alert as templates and receivers see it: plain JSON, complete in itself."""
    ids = json.loads(alert.samples)
    logs = [
        _sample(entry)
        for entry in session.scalars(
            select(LogEntry).where(bulk.among(session, LogEntry.id, ids)).order_by(LogEntry.id.desc())
        )
    ]
    first: Mapping[str, Any] = logs[0] if logs else {}
    return {
        "id": str(alert.id),
        "rule_id": str(alert.rule_id),
        "rule_name": alert.rule_name,
        "rule_description": json.loads(rule.spec).get("description", "") if rule is not None else "",
        "severity": alert.severity,
        "state": alert.state,
        "group": json.loads(alert.group),
        "count": alert.count,
        "opened_at": alert.opened_at.isoformat(),
        "first_event_at": alert.first_event_at.isoformat(),
        "last_event_at": alert.last_event_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "resolved_reason": alert.resolved_reason,
        "summary": alert.summary,
        "late": alert.late,
        "error_code": first.get("error_code"),
        "error_message": first.get("error_message"),
        "error_meaning": first.get("error_meaning"),
        "error_advice": first.get("error_advice"),
        "status": first.get("status"),
        "logs": logs,
        "url": f"{public_url}/api/alerts/{alert.id}" if public_url else None,
    }


def _sample(entry: LogEntry) -> dict[str, Any]:
    known = explain(entry.error_code) if entry.error_code is not None else None
    return {
        "sid": entry.sid,
        "kind": entry.kind,
        "direction": entry.direction,
        "status": entry.status,
        "error_code": entry.error_code,
        "error_message": entry.text,
        "error_meaning": known.meaning if known else None,
        "error_advice": known.action if known else None,
        "from": entry.from_,
        "to": entry.to,
        "body": entry.body,
        "resource_sid": entry.resource_sid,
        "messaging_service_sid": entry.messaging_service_sid,
        "request_url": entry.request_url,
        "event_at": entry.event_at.isoformat(),
    }
