"""The alert of the built-in rule ``blind``: it opens while we do not see, and resolves when we see again.

A monitor that sees nothing finds nothing, and its silence looks like peace. So what keeps us from seeing is an alert
like any other, told through the same actions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.ground import runs
from giftpulse.ground.settings import Settings
from giftpulse.logs import readers, sight
from giftpulse.monitor.alerts import close, opening
from giftpulse.monitor.alerts.models import FIRING, Alert, AlertEvent, AlertGroup
from giftpulse.monitor.rules.builtin import BLIND, BLIND_ID
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.store import spec_of

OPENS_AFTER = timedelta(seconds=60)
"""How long a gap must last from our first sight of it: after a pause of the service everything is late at first."""

SEES_AGAIN = "GiftPulse sees again"

_GROUP = "[]"  # the rule has one group: there is one such alert at a time
_KEY = (BLIND_ID, _GROUP)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that we do not see. ``since``: null where we never saw it."""

    what: str
    since: datetime | None


def gaps(
    session: Session, settings: Settings, now: datetime, reader: str, patience: Mapping[str, timedelta]
) -> list[Gap]:
    """What keeps the rules from seeing. ``reader``: theirs. ``patience``: how long each round may be silent."""
    found = [
        Gap(f"{source.resource}s could not be fetched", source.watermark)
        for source in sight.sources(session, settings, now)
        if source.unseen and source.account_sid == settings.twilio_account_sid
    ]
    _, oldest = readers.owed_since(session, reader)
    if oldest is not None and now - oldest > sight.UNREAD_AFTER:
        found.append(Gap("changes have waited for the rules", oldest))
    known = runs.all_runs(session)
    for name, longest in patience.items():
        if name in known and now - known[name].last_run_at > longest:
            found.append(Gap(f"the round {name!r} has not run", known[name].last_run_at))
    return found


def say(rule_name: str, found: Sequence[Gap]) -> str:
    """Such as ``GiftPulse is blind: messages could not be fetched since 2026-11-20 12:04 UTC``. Pure."""
    parts = [f"{gap.what} {f'since {gap.since:%Y-%m-%d %H:%M} UTC' if gap.since else 'ever'}" for gap in found]
    return f"{rule_name}: {'; '.join(parts)}"


def follow(session: Session, found: Sequence[Gap], now: datetime) -> bool:
    """Open, keep or resolve the alert. Says whether one was opened or resolved."""
    rule = session.scalar(select(Rule).where(Rule.builtin == BLIND, Rule.enabled, Rule.deleted_at.is_(None)))
    if rule is None:
        return False
    if not found and session.get(AlertGroup, _KEY) is None:
        return False
    row = {"rule_id": BLIND_ID, "group_key": _GROUP, "rule_version": rule.version, "times": b"", "last_event_at": now}
    (group,) = opening.lock_groups(session, [row])
    alert = opening.open_alerts(session, [_KEY]).get(_KEY)
    if not found:
        session.delete(group)
        if alert is not None:
            close.settle(session, alert, SEES_AGAIN, now)
        return alert is not None
    if alert is not None:
        _update(alert, say(rule.name, found), now)
        return False
    if now - group.last_event_at < OPENS_AFTER:
        return False
    _open(session, rule, found, now)
    return True


def _update(alert: Alert, summary: str, now: datetime) -> None:
    if alert.summary != summary:
        alert.summary, alert.last_event_at = summary, now


def _open(session: Session, rule: Rule, found: Sequence[Gap], now: datetime) -> None:
    summary, severity = say(rule.name, found), spec_of(rule).severity
    alert = Alert(
        rule_id=rule.id, rule_version=rule.version, rule_name=rule.name, severity=severity, group_key=_GROUP,
        group="{}", state=FIRING, summary=summary, count=1, samples="[]", late=False, opened_at=now,
        first_event_at=min(gap.since or now for gap in found), last_event_at=now, notice_due_at=now,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    session.add(AlertEvent(alert_id=alert.id, at=now, what="opened", why=summary))
