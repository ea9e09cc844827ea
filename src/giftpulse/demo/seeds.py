"""The rules and actions that the demo begins with: both forms of rules, both kinds of actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from giftpulse.daily.inbound.alarm import DANGER_RULE
from giftpulse.demo.program.begin import SENDER
from giftpulse.ground.site import Site
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.rules import store as rules

# Messages of the program; the other traffic has other senders.
_OURS = {"field": "from", "op": "eq", "value": SENDER}
_MESSAGE = {"field": "kind", "op": "eq", "value": "message"}
_ALERT = {"field": "kind", "op": "eq", "value": "alert"}

# Windows, holds and cooldowns are short, so that a person can watch an alert open, resolve and come back.
FULL: Sequence[Mapping[str, Any]] = (
    {
        "name": "Carrier filtering",
        "description": "A carrier takes the texts of one messaging service for spam. Stop before it gets worse.",
        "severity": "critical",
        "condition": {"all": [_MESSAGE, {"field": "error_code", "op": "eq", "value": 30007}]},
        "trigger": {"type": "threshold", "count": 8, "within": "30s", "group_by": ["messaging_service_sid"]},
        "clear": {"below": 3, "for": "5s"},
        "cooldown": "1m",
    },
    {
        "name": "Handsets unreachable",
        "description": "Many handsets of one country at once: its network, not its people.",
        "severity": "warning",
        "condition": {"all": [_MESSAGE, {"field": "error_code", "op": "in", "value": [30003, 30005]}]},
        "trigger": {"type": "threshold", "count": 8, "within": "30s", "group_by": ["to_country"]},
        "clear": {"below": 3, "for": "5s"},
        "cooldown": "1m",
    },
    {
        "name": "Our webhook fails",
        "description": "Twilio gets errors from one of our addresses, or no answer at all.",
        "severity": "critical",
        "condition": {"all": [_ALERT, {"field": "error_code", "op": "in", "value": [11200, 11205]}]},
        "trigger": {"type": "each", "group_by": ["request_url"]},
        "clear": {"for": "20s"},
        "cooldown": "1m",
    },
    {
        "name": "Daily texts filtered",
        "description": "A carrier takes a daily text for spam; the program has stopped by itself.",
        "severity": "critical",
        "condition": {"all": [_MESSAGE, _OURS, {"field": "error_code", "op": "eq", "value": 30007}]},
        "trigger": {"type": "each", "group_by": ["from"]},
        "clear": {"for": "15s"},
        "cooldown": "1m",
    },
    {
        "name": "Daily texts do not arrive",
        "description": "More of the program than now and then, for whatever reason.",
        "severity": "warning",
        "condition": {"all": [_MESSAGE, _OURS, {"field": "status", "op": "in", "value": ["undelivered", "failed"]}]},
        "trigger": {"type": "threshold", "count": 4, "within": "30s", "group_by": ["from"]},
        "clear": {"below": 3, "for": "5s"},
        "cooldown": "1m",
    },
    DANGER_RULE,
)
SHORT: Sequence[Mapping[str, Any]] = (
    {
        "name": "Calls failing",
        "description": "More than now and then.",
        "severity": "critical",
        "log_type": "call",
        "pattern_type": "threshold",
        "pattern_value": "status:failed",
        "threshold_count": 6,
        "threshold_window_minutes": 1,
        "clear": {"below": 4, "for": "0s"},
        "cooldown": "1m",
    },
    {
        "name": "Call setup errors",
        "description": "What Twilio's error log says of calls that could not be placed.",
        "severity": "info",
        "log_type": "call",
        "pattern_type": "error_code",
        "pattern_value": "13224,13225,13227,32011",
        "clear": {"for": "15s"},
        "cooldown": "1m",
    },
    {
        "name": "Texts fail all over",
        "severity": "warning",
        "log_type": "message",
        "pattern_type": "threshold",
        "pattern_value": "status:undelivered,failed",
        "threshold_count": 60,
        "threshold_window_minutes": 1,
        "clear": {"below": 50, "for": "0s"},
        "cooldown": "1m",
    },
    {
        "name": "A stranger answers",
        "description": "Somebody who does not know us gets our texts: an old number, perhaps.",
        "severity": "info",
        "log_type": "message",
        "pattern_type": "regex",
        "pattern_value": "(?i)who is this|wrong number",
        "clear": {"for": "15s"},
        "cooldown": "1m",
    },
)

ON_CALL, OFFICE = "on-call@demo.example", "office@demo.example"
_MAILED = {"Carrier filtering": ON_CALL, "Our webhook fails": ON_CALL, "Calls failing": ON_CALL}
_MAILED |= {"Daily texts filtered": ON_CALL, str(DANGER_RULE["name"]): ON_CALL}
_OWN_WORDS = {
    "recipients": [OFFICE],
    "subject": "{{ reason | upper }}: no way to {{ group.to_country }}",
    "body": "{{ summary }}\n\n{{ error_code }}: {{ error_meaning }}\n{{ error_advice }}\n\n{{ url }}\n",
}


def seed(session: Session, site: Site, hook_url: str, secret: str, now: datetime) -> None:
    """Make all rules; mails for some of them, and one signed webhook for all."""
    for given in (*FULL, *SHORT):
        rule = rules.create(session, given, now)
        if rule.name in _MAILED:
            _act(session, site, "email", {"recipients": [_MAILED[rule.name]]}, rule.id, now)
        elif rule.name == "Handsets unreachable":
            _act(session, site, "email", _OWN_WORDS, rule.id, now)
    _act(session, site, "webhook", {"url": hook_url, "secret": secret}, None, now)


def _act(
    session: Session, site: Site, kind: str, config: Mapping[str, Any], rule_id: int | None, now: datetime
) -> None:
    data = {"rule_id": rule_id, "name": f"demo {kind}", "action_type": kind, "enabled": True, "config": config}
    actions.create(session, site, data, now)
