"""Matches into alerts: count them in the window of their rule and group, and open or feed the alert.

Locks the rows of the groups in the order of their keys, so any number of workers may feed at the same time: they
queue up for a group, and none of them counts what another already has.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.monitor.alerts.models import RESOLVED, Alert, AlertEvent, AlertGroup
from giftpulse.monitor.alerts.summary import summary_of
from giftpulse.monitor.matching.groups import Group
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.rules.language import RuleSpec

MOST_GROUPS = 1000
"""Open alerts of one rule. Beyond, further groups share one alert: a storm of alerts tells nobody anything."""

OVERFLOW = '["overflow"]'
SAMPLES = 10
LATE_AFTER = timedelta(minutes=15)
"""An alert whose events are older than this when it opens is marked late."""

# A poll walks from the newest page to older ones, and after an outage over hours of them: what an older page tells
# is not too late to count. Milliseconds.
_GRACE = 24 * 3600 * 1000

Key = tuple[int, str]


@dataclass
class Matches:
    """The news of one rule and group in one batch: event times in milliseconds, and ids of the entries."""

    rule_id: int
    rule_version: int
    spec: RuleSpec
    group: Group
    times: list[int] = field(default_factory=list)
    log_ids: list[int] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Rule and group, as the tables have them."""
        return self.rule_id, json.dumps(self.group)


def feed(session: Session, news: Sequence[Matches], now: datetime) -> list[Alert]:
    """Count the matches; answers the alerts that were opened (which nobody has been told of yet)."""
    if not news:
        return []
    ordered = sorted(news, key=lambda matches: matches.key)
    groups = _locked_groups(session, ordered)
    open_alerts = _open_alerts(session, [matches.key for matches in ordered])
    opened: list[Alert] = []
    for matches in ordered:
        group = groups[matches.key]
        window = _window(group, matches)
        before = len(window.times)
        added = window.add(matches.times, grace=_GRACE)
        group.times, group.rule_version = window.to_bytes(), matches.rule_version
        group.last_event_at = max(group.last_event_at, _instant(max(matches.times)))
        alert = open_alerts.get(matches.key)
        if alert is not None:
            _feed_one(alert, matches, window)
        elif added:
            opened += _open(session, matches, window, before, now)
    session.flush()
    return opened


def _window(group: AlertGroup, matches: Matches) -> Window:
    # What was counted under an older text of the rule says nothing about the new one.
    kept = group.times if group.rule_version == matches.rule_version else b""
    return Window.of(matches.spec.trigger, kept)


def _locked_groups(session: Session, news: Sequence[Matches]) -> dict[Key, AlertGroup]:
    found: dict[Key, AlertGroup] = {}
    for start in range(0, len(news), 500):
        for group in _lock_groups(session, [_group_row(m, m.key[1]) for m in news[start : start + 500]]):
            found[group.rule_id, group.group_key] = group
    return found


def _group_row(matches: Matches, group_key: str) -> dict[str, Any]:
    return {
        "rule_id": matches.rule_id,
        "group_key": group_key,
        "rule_version": matches.rule_version,
        "times": b"",
        "last_event_at": _instant(min(matches.times)),
    }


def _lock_groups(session: Session, rows: Sequence[dict[str, Any]]) -> Sequence[AlertGroup]:
    """The rows of some groups, made where they are missing, and ours until the transaction ends."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    session.execute(insert(AlertGroup).values(list(rows)).on_conflict_do_nothing())
    keys = [(row["rule_id"], row["group_key"]) for row in rows]
    wanted = select(AlertGroup).where(tuple_(AlertGroup.rule_id, AlertGroup.group_key).in_(keys))
    locked = wanted.order_by(AlertGroup.rule_id, AlertGroup.group_key).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def _open_alerts(session: Session, keys: Sequence[Key]) -> dict[Key, Alert]:
    found: dict[Key, Alert] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        statement = select(Alert).where(Alert.state != RESOLVED, tuple_(Alert.rule_id, Alert.group_key).in_(part))
        for alert in session.scalars(statement.order_by(Alert.id).with_for_update()):
            found[alert.rule_id, alert.group_key] = alert
    return found


def _feed_one(alert: Alert, matches: Matches, window: Window | None) -> None:
    alert.count += len(matches.times)
    alert.summary = summary_of(matches.spec, json.loads(alert.group), alert.count)
    alert.last_event_at = max(alert.last_event_at, _instant(max(matches.times)))
    known = json.loads(alert.samples)
    if len(known) < SAMPLES:
        alert.samples = json.dumps([*known, *matches.log_ids][:SAMPLES])
    closes_at = _closes_at(window, matches.spec) if window else None
    if closes_at is not None and (alert.closes_at is None or closes_at > alert.closes_at):
        alert.closes_at = closes_at


def _open(session: Session, matches: Matches, window: Window, before: int, now: datetime) -> list[Alert]:
    group_key = matches.key[1]
    if _is_full(session, matches.rule_id):
        group_key = OVERFLOW
        # Everybody whose group found no place comes here: one at a time, or two would open the shared alert.
        _lock_groups(session, [_group_row(matches, OVERFLOW)])
        shared = _open_alerts(session, [(matches.rule_id, OVERFLOW)]).get((matches.rule_id, OVERFLOW))
        if shared is not None:
            _feed_one(shared, matches, window)
            return []
    labels: Mapping[str, str | None] = dict(zip(matches.spec.trigger.group_by, matches.group, strict=True))
    first = _instant(min(window.times[:1] + matches.times))
    last = _instant(max(matches.times))
    alert = Alert(
        rule_id=matches.rule_id,
        rule_version=matches.rule_version,
        rule_name=matches.spec.name,
        severity=matches.spec.severity,
        group_key=group_key,
        group=json.dumps({"overflow": f"more than {MOST_GROUPS} groups"} if group_key == OVERFLOW else labels),
        state="firing",
        summary="",
        count=before + len(matches.times),
        samples=json.dumps(matches.log_ids[-SAMPLES:]),
        late=now - last > LATE_AFTER,
        opened_at=now,
        first_event_at=first,
        last_event_at=last,
        closes_at=_closes_at(window, matches.spec),
        notice_due_at=now,
    )
    alert.summary = summary_of(matches.spec, labels, alert.count)
    session.add(alert)
    session.flush()
    session.add(AlertEvent(alert_id=alert.id, at=now, what="opened", why=alert.summary))
    return [alert]


def _is_full(session: Session, rule_id: int) -> bool:
    statement = select(func.count()).select_from(Alert).where(Alert.rule_id == rule_id, Alert.state != RESOLVED)
    return (session.scalar(statement) or 0) >= MOST_GROUPS


def _closes_at(window: Window, spec: RuleSpec) -> datetime | None:
    at = window.clears_at(spec.clear)
    return None if at is None else _instant(at)


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
