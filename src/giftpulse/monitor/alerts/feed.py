"""Matches into alerts: count them in the window of their rule and group, and open or feed the alert.

Locks the rows of the groups in the order of their keys, so any number of workers may feed at the same time: they
queue up for a group, and none of them counts what another already has.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from giftpulse.monitor.alerts import close, opening
from giftpulse.monitor.alerts.models import Alert, AlertGroup
from giftpulse.monitor.alerts.opening import Counted, Key
from giftpulse.monitor.matching.groups import Group
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.rules.language import Each, RuleSpec

# A poll walks from the newest page to older ones, and after an outage over hours of them: what an older page tells
# is not too late to count. Milliseconds.
_GRACE = 24 * 3600 * 1000

_LONGEST_KEY = 500  # characters; an index of Postgres takes no more than some 2,700 bytes


class StaleRulesError(RuntimeError):
    """The matches were found by rules that have been changed since: the work must be done again by the new ones."""


@dataclass
class Matches:
    """The news of one rule and group in one batch: event times in milliseconds, and ids of the entries."""

    rule_id: int
    rule_version: int
    spec: RuleSpec
    group: Group
    times: list[int] = field(default_factory=list)
    log_ids: list[int] = field(default_factory=list)

    @cached_property
    def key(self) -> Key:
        """Rule and group, as the tables have them. A group of long values is known by its digest."""
        text = json.dumps(self.group)
        if len(text) > _LONGEST_KEY:
            text = f"{text[:100]}... {hashlib.sha256(text.encode()).hexdigest()}"
        return self.rule_id, text


def feed(session: Session, news: Sequence[Matches], now: datetime) -> list[Alert]:
    """Count the matches; answers the alerts that were opened (which nobody has been told of yet)."""
    if not news:
        return []
    ordered = sorted(news, key=lambda matches: matches.key)
    groups = _locked_groups(session, ordered)
    open_alerts = opening.open_alerts(session, [matches.key for matches in ordered])
    opener = opening.Opener(session, now)
    for matches in ordered:
        group, alert = groups[matches.key], open_alerts.get(matches.key)
        if group.rule_version > matches.rule_version:
            raise StaleRulesError
        if alert is not None and alert.rule_version != matches.rule_version:
            close.settle(session, alert, close.RULE_CHANGED, now)
            session.flush()
            alert = None
        counted = _count(group, matches)
        if alert is not None:
            opening.feed_one(alert, matches, counted)
        elif counted.crossed:
            opener.open(matches, counted)
    session.flush()
    return opener.opened


def _count(group: AlertGroup, matches: Matches) -> Counted:
    """Take the new events into the window of their group."""
    # What was counted under an older text of the rule says nothing about the new one.
    kept = group.times if group.rule_version == matches.rule_version else b""
    window = Window.of(matches.spec.trigger, kept)
    before = [] if isinstance(matches.spec.trigger, Each) else window.known()
    added = window.add(matches.times, grace=_GRACE)
    group.times, group.rule_version = window.to_bytes(), matches.rule_version
    group.last_event_at = max(group.last_event_at, opening.instant(max(matches.times)))
    closes_at = window.clears_at(matches.spec.clear)
    if added.crossed_at is None:
        return Counted(False, 0, 0, closes_at)
    # The incident is what lies in the window that was crossed, and what came after it.
    since = added.crossed_at - window.length
    times = [at for at in (*before, *matches.times) if at > since or not window.length]
    return Counted(True, len(times), min(times), closes_at)


def _locked_groups(session: Session, news: Sequence[Matches]) -> dict[Key, AlertGroup]:
    found: dict[Key, AlertGroup] = {}
    for start in range(0, len(news), 500):
        rows = [
            {
                "rule_id": matches.rule_id,
                "group_key": matches.key[1],
                "rule_version": matches.rule_version,
                "times": b"",
                "last_event_at": opening.instant(min(matches.times)),
            }
            for matches in news[start : start + 500]
        ]
        for group in opening.lock_groups(session, rows):
            found[group.rule_id, group.group_key] = group
    return found
