"""Opening an alert for a group whose window was crossed, and feeding the one that is open."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.monitor.alerts.models import RESOLVED, Alert, AlertEvent, AlertGroup
from giftpulse.monitor.alerts.summary import summary_of
from giftpulse.monitor.matching.groups import Group
from giftpulse.monitor.rules.language import RuleSpec

MOST_GROUPS = 1000
"""Open alerts of one rule. Beyond, further groups share one alert: a storm of alerts tells nobody anything."""

OVERFLOW = '["overflow"]'
SAMPLES = 10
LATE_AFTER = timedelta(minutes=15)
"""An alert whose events are older than this when it opens is marked late."""

Key = tuple[int, str]
"""Rule and group."""


class Found(Protocol):
    """The matches of one rule and group, as far as an alert tells of them."""

    rule_id: int
    rule_version: int
    spec: RuleSpec
    group: Group
    times: list[int]
    log_ids: list[int]

    @property
    def key(self) -> Key: ...


@dataclass(frozen=True)
class Counted:
    """What new matches did to their window: whether it was crossed, and if so how many events the incident has and
    when it began. ``closes_at``: when an alert resolves if nothing more happens. Times in milliseconds."""

    crossed: bool
    events: int
    first: int
    closes_at: int | None


class Opener:
    """Opens the alerts of one batch. Asks only once how many a rule has open, and where its shared one is."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._number: dict[int, int] = {}
        self._shared: dict[int, Alert | None] = {}
        self.opened: list[Alert] = []

    def open(self, found: Found, counted: Counted) -> None:
        """A new alert; or, when the rule has too many already, the one that all further groups share."""
        group_key = found.key[1]
        labels: Mapping[str, str | None] = dict(zip(found.spec.trigger.group_by, found.group, strict=True))
        if self._is_full(found.rule_id):
            shared = self._shared_alert(found)
            if shared is not None:
                feed_one(shared, found, counted)
                return
            group_key, labels = OVERFLOW, {"overflow": f"more than {MOST_GROUPS} groups"}
        alert = self._add(found, counted, group_key, labels)
        self.opened.append(alert)
        self._number[found.rule_id] += 1
        if group_key == OVERFLOW:
            self._shared[found.rule_id] = alert

    def _add(self, found: Found, counted: Counted, group_key: str, labels: Mapping[str, str | None]) -> Alert:
        last = instant(max(found.times))
        alert = Alert(
            rule_id=found.rule_id,
            rule_version=found.rule_version,
            rule_name=found.spec.name,
            severity=found.spec.severity,
            group_key=group_key,
            group=json.dumps(labels),
            state="firing",
            summary=summary_of(found.spec, labels, counted.events),
            count=counted.events,
            samples=json.dumps(found.log_ids[-SAMPLES:]),
            late=self._now - last > LATE_AFTER,
            opened_at=self._now,
            first_event_at=instant(counted.first),
            last_event_at=last,
            closes_at=None if counted.closes_at is None else instant(counted.closes_at),
            notice_due_at=self._now,
        )
        self._session.add(alert)
        self._session.flush()
        self._session.add(AlertEvent(alert_id=alert.id, at=self._now, what="opened", why=alert.summary))
        return alert

    def _is_full(self, rule_id: int) -> bool:
        if rule_id not in self._number:
            counted = select(func.count()).select_from(Alert).where(Alert.rule_id == rule_id, Alert.state != RESOLVED)
            self._number[rule_id] = self._session.scalar(counted) or 0
        return self._number[rule_id] >= MOST_GROUPS

    def _shared_alert(self, found: Found) -> Alert | None:
        if found.rule_id not in self._shared:
            # Everybody whose group found no place comes here: one at a time, or two would open the shared alert.
            row = {
                "rule_id": found.rule_id,
                "group_key": OVERFLOW,
                "rule_version": found.rule_version,
                "times": b"",
                "last_event_at": self._now,
            }
            lock_groups(self._session, [row])
            key = (found.rule_id, OVERFLOW)
            self._shared[found.rule_id] = open_alerts(self._session, [key]).get(key)
        return self._shared[found.rule_id]


def feed_one(alert: Alert, found: Found, counted: Counted) -> None:
    """More of the same for an open alert."""
    alert.count += len(found.times)
    alert.summary = summary_of(found.spec, json.loads(alert.group), alert.count)
    alert.last_event_at = max(alert.last_event_at, instant(max(found.times)))
    known = json.loads(alert.samples)
    if len(known) < SAMPLES:
        alert.samples = json.dumps([*known, *found.log_ids][:SAMPLES])
    closes_at = None if counted.closes_at is None else instant(counted.closes_at)
    if closes_at is not None and (alert.closes_at is None or closes_at > alert.closes_at):
        alert.closes_at = closes_at


def open_alerts(session: Session, keys: Sequence[Key]) -> dict[Key, Alert]:
    """The open alerts of these groups, locked."""
    found: dict[Key, Alert] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        statement = select(Alert).where(Alert.state != RESOLVED, tuple_(Alert.rule_id, Alert.group_key).in_(part))
        for alert in session.scalars(statement.order_by(Alert.id).with_for_update()):
            found[alert.rule_id, alert.group_key] = alert
    return found


def lock_groups(session: Session, rows: Sequence[dict[str, Any]]) -> Sequence[AlertGroup]:
    """The rows of some groups, made where they are missing, and ours until the transaction ends."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    session.execute(insert(AlertGroup).values(list(rows)).on_conflict_do_nothing())
    keys = [(row["rule_id"], row["group_key"]) for row in rows]
    wanted = select(AlertGroup).where(tuple_(AlertGroup.rule_id, AlertGroup.group_key).in_(keys))
    locked = wanted.order_by(AlertGroup.rule_id, AlertGroup.group_key).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def instant(at: int) -> datetime:
    """Milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(at / 1000, UTC)
