"""A record with something of everything in it, for tests of the API."""

import json
from datetime import timedelta
from typing import Any

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.alerts import silences
from giftpulse.monitor.alerts.schemas import SilenceIn
from giftpulse.monitor.rules import store as rules
from tests import make

NOWHERE = "http://127.0.0.1:9/hook"
"""A receiver that refuses every connection, at once."""

FULL: dict[str, Any] = {
    "name": "Unreachable handsets",
    "severity": "critical",
    "condition": {
        "all": [
            {"field": "kind", "op": "eq", "value": "message"},
            {"field": "error_code", "op": "in", "value": [30003, 30005]},
            {"not": {"field": "to", "op": "prefix", "value": "+44"}},
        ]
    },
    "trigger": {"type": "threshold", "count": 2, "within": "5m", "group_by": ["messaging_service_sid"]},
    "clear": {"below": 2, "for": "10m"},
    "cooldown": "30m",
}
SHORT: dict[str, Any] = {
    "name": "Webhook trouble",
    "enabled": True,
    "log_type": "alert",
    "pattern_type": "error_code",
    "pattern_value": "11200,11205",
}


def rule(site: Site, data: dict[str, Any] = FULL) -> int:
    """Make a rule; answers its id."""
    with site.database.begin() as session:
        return rules.create(session, data, clock.now()).id


def action(site: Site, rule_id: int | None = None, **config: Any) -> int:
    """Make a webhook action to nowhere; answers its id."""
    data = {"rule_id": rule_id, "action_type": "webhook", "enabled": True, "config": {"url": NOWHERE, **config}}
    with site.database.begin() as session:
        return actions.create(session, site, data, clock.now()).id


def silence(site: Site) -> int:
    """Set a silence for a rule that nobody has; answers its id."""
    now = clock.now()
    with site.database.begin() as session:
        wanted = SilenceIn(rule_id=999_999, ends_at=now + timedelta(days=1), comment="never mind")
        return silences.create(session, wanted, now).id


def failures(site: Site, number: int = 3, **changes: Any) -> None:
    """Messages that could not be delivered."""
    now = clock.now()
    record = {"status": "undelivered", "error_code": 30003, "at": now, **changes}
    make.take(site, *(make.message(**record) for _ in range(number)), now=now)


def watched(site: Site) -> None:
    """Run the rounds until what is in the record has led to alerts and notifications."""
    while rounds.watch(site):
        pass
    rounds.resolve(site)


def everything(site: Site) -> None:
    """Rules in both forms, actions, a silence, messages, calls, alerts of Twilio; alerts and notifications of ours."""
    rounds.enrol(site)
    for data in (FULL, SHORT):
        action(site, rule(site, data), headers={"Authorization": "Bearer something-secret"})
    action(site)
    silence(site)
    now = clock.now()
    failures(site, 3)
    failures(site, 2, messaging_service_sid="MG" + "b" * 32)
    make.take(site, make.message(at=now), make.message(at=now, status="queued", body="Hello 👋"), now=now)
    make.take(site, make.call(at=now), make.call(at=now, status="failed"), kind="call", now=now)
    make.take(site, make.alert(at=now), make.alert(at=now, log_level="warning"), kind="alert", now=now)
    watched(site)


def shown(data: Any) -> str:
    """JSON as text, to look for what must not be in it."""
    return json.dumps(data)
