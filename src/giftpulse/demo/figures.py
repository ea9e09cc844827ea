"""What there is to see, read from the record: counters, alerts, and the newest lines worth reading."""

import json
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from giftpulse.demo.program import tally
from giftpulse.demo.program.chronicle import Chronicle
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.program.tally import Tally
from giftpulse.ground.site import Site
from giftpulse.logs import readers
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.monitor.alerts.models import RESOLVED, Alert
from giftpulse.monitor.match import READER
from giftpulse.monitor.notify.models import PENDING, Notification
from giftpulse.monitor.rules.language import SEVERITIES
from giftpulse.twilio.error_codes import explain

_ALERTS = 40
_LINES = 40
_RATE_OVER = 10.0  # seconds
_BAD_CALLS = frozenset({"failed", "busy", "no-answer"})


@dataclass(frozen=True, slots=True)
class Line:
    """Something of the record that went wrong: a failed text, a call, an entry of Twilio's error log."""

    at: datetime
    kind: str
    sid: str
    status: str
    code: int | None
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert as it is shown."""

    id: int
    rule: str
    severity: str
    state: str
    labels: str
    count: int
    opened_at: datetime
    resolved_at: datetime | None
    reason: str | None

    @property
    def is_open(self) -> bool:
        """True until it is resolved."""
        return self.state != RESOLVED


@dataclass(frozen=True)
class Figures:
    """One look. ``kinds``: how many entries, by kind and status. ``sources``: how many changes, by who told us.
    ``alerts``: the open ones first, and the worst of them before the others; ``lines`` and
    ``scenes`` (of the program): those that are new since the last look."""

    at: datetime
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)
    rate: float = 0.0
    owed: int = 0
    pending: int = 0
    alerts: Sequence[AlertLine] = ()
    opened: int = 0
    resolved: int = 0
    lines: Sequence[Line] = ()
    program: Tally = field(default_factory=Tally)
    scenes: Sequence[Scene] = ()


class Watcher:
    """Looks again and again, reading only the changes that came since the last look."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._chronicle = Chronicle()
        self._last_change = 0
        self._sources: Counter[str] = Counter()
        self._changes: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def look(self, now: datetime) -> Figures:
        """Read everything, in one transaction."""
        with self._site.database.read() as session:
            lines = self._news(session)
            opened, resolved = _alert_counts(session)
            owed, _ = readers.owed_since(session, READER)
            return Figures(
                at=now,
                kinds=_kinds(session),
                sources=Counter(self._sources),
                rate=self._rate(),
                owed=owed,
                pending=session.scalar(select(func.count()).where(Notification.state == PENDING)) or 0,
                alerts=_alerts(session),
                opened=opened,
                resolved=resolved,
                lines=lines,
                program=tally.look(session),
                scenes=self._chronicle.news(session),
            )

    def _news(self, session: Session) -> list[Line]:
        newer = LogChange.id > self._last_change
        newest = session.scalar(select(func.max(LogChange.id)))
        for source, number in session.execute(
            select(LogChange.source, func.count()).where(newer).group_by(LogChange.source)
        ):
            self._sources[source] += number
        bad = (LogChange.error_before.is_(None) & LogChange.error_after.is_not(None)) | (
            (LogEntry.kind == "call")
            & LogChange.status_after.in_(_BAD_CALLS)
            & LogChange.status_before.is_distinct_from(LogChange.status_after)
        )
        found = session.execute(
            select(LogChange, LogEntry)
            .join(LogEntry, LogEntry.id == LogChange.log_id)
            .where(newer, bad)
            .order_by(LogChange.id.desc())
            .limit(_LINES)
        ).all()
        self._last_change = newest or self._last_change
        return [_line(change, entry) for change, entry in reversed(found)]

    def _rate(self) -> float:
        now, total = time.monotonic(), sum(self._sources.values())
        self._changes.append((now, total))
        while len(self._changes) > 2 and now - self._changes[1][0] >= _RATE_OVER:
            self._changes.popleft()
        then, before = self._changes[0]
        return (total - before) / max(now - then, 0.001)


def _kinds(session: Session) -> dict[str, Counter[str]]:
    kinds: dict[str, Counter[str]] = {"message": Counter(), "call": Counter(), "alert": Counter()}
    status = case((LogEntry.kind == "alert", LogEntry.log_level), else_=LogEntry.status)
    for kind, name, number in session.execute(
        select(LogEntry.kind, status, func.count()).group_by(LogEntry.kind, status)
    ):
        kinds[kind][name or "unknown"] += number
    return kinds


def _alert_counts(session: Session) -> tuple[int, int]:
    resolved = func.count(case((Alert.state == RESOLVED, 1)))
    row = session.execute(select(func.count(), resolved).select_from(Alert)).one()
    return row[0], row[1]


def _alerts(session: Session) -> list[AlertLine]:
    worst = case({name: -rank for rank, name in enumerate(SEVERITIES)}, value=Alert.severity)
    order = (case((Alert.state == RESOLVED, 1), else_=worst), Alert.id.desc())
    return [_alert(alert) for alert in session.scalars(select(Alert).order_by(*order).limit(_ALERTS))]


def _alert(alert: Alert) -> AlertLine:
    labels = ", ".join(str(value) if value is not None else "none" for value in json.loads(alert.group).values())
    return AlertLine(
        id=alert.id,
        rule=alert.rule_name,
        severity=alert.severity,
        state=alert.state,
        labels=labels,
        count=alert.count,
        opened_at=alert.opened_at,
        resolved_at=alert.resolved_at,
        reason=alert.resolved_reason,
    )


def _line(change: LogChange, entry: LogEntry) -> Line:
    code = change.error_after
    meaning = explain(code).meaning if code is not None else "The call was not answered"
    if code is None and change.status_after == "failed":
        meaning = "The call could not be placed"
    return Line(
        at=change.seen_at,
        kind=entry.kind,
        sid=entry.sid,
        status=change.status_after or entry.log_level or "",
        code=code,
        meaning=meaning,
        source=change.source,
    )
