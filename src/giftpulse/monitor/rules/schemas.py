"""Rules in JSON. The language itself is read by parse.py; here is only its outline, for the OpenAPI."""

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from giftpulse.ground.paging import Id
from giftpulse.monitor.rules.models import Rule

_SHORT: dict[str, Any] = {
    "name": "Failed Call Detection",
    "enabled": True,
    "log_type": "call",
    "pattern_type": "error_code",
    "pattern_value": "30001,30002,30003",
}
_FULL: dict[str, Any] = {
    "name": "Many texts are blocked",
    "severity": "critical",
    "condition": {
        "all": [
            {"field": "kind", "op": "eq", "value": "message"},
            {"field": "error_code", "op": "in", "value": [30003, 30005]},
            {"not": {"field": "to", "op": "prefix", "value": "+44"}},
        ]
    },
    "trigger": {"type": "threshold", "count": 10, "within": "5m", "group_by": ["messaging_service_sid"]},
    "clear": {"below": 3, "for": "10m"},
    "cooldown": "30m",
}


class RuleIn(BaseModel):
    """A rule, in the full form (``condition`` and ``trigger``) or in the short one (``pattern_type`` ...)."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_FULL, _SHORT]})

    name: Any = Field(None, description="What alerts are called; needed")
    description: Any = None
    enabled: Any = Field(True, description="true or false")
    severity: Any = Field("warning", description="info, warning or critical")
    condition: Any = Field(None, description="`{field, op, value}`, or `all`, `any`, `not` of conditions")
    trigger: Any = Field(None, description="`{type: each}` or `{type: threshold, count, within, group_by}`")
    clear: Any = Field(None, description="When an alert resolves: `{below, for}`")
    cooldown: Any = Field(None, description="How long nobody is told again, such as `30m`")
    log_type: Any = Field(None, description="Short form: message, call, alert, or null for all")
    pattern_type: Any = Field(None, description="Short form: error_code, regex, status or threshold")
    pattern_value: Any = Field(None, description="Short form: what to look for")
    threshold_count: Any = Field(None, description="Short form, threshold: how many")
    threshold_window_minutes: Any = Field(None, description="Short form, threshold: within how many minutes")

    def said(self) -> dict[str, Any]:
        """The fields that were sent, as they were sent."""
        return self.model_dump(exclude_unset=True)


class RuleOut(BaseModel):
    """A rule as it is kept: the full form, and beside it the short one if it was sent so."""

    id: Id
    name: str
    description: str
    enabled: bool
    severity: Literal["info", "warning", "critical"]
    condition: dict[str, Any]
    trigger: dict[str, Any]
    clear: dict[str, Any] | None
    cooldown: str
    log_type: str | None = None
    pattern_type: str | None = None
    pattern_value: str | None = None
    threshold_count: int | None = None
    threshold_window_minutes: float | None = None
    version: int
    matched: int = Field(description="Matches since the rule was made")
    last_matched_at: datetime | None = Field(description="null: it never matched; is it what you meant?")
    broken: str | None = Field(description="Why the rule takes no part, if it does not")
    created_at: datetime
    updated_at: datetime


_SHORT_FIELDS = ("log_type", "pattern_type", "pattern_value", "threshold_count", "threshold_window_minutes")


def rule_out(rule: Rule) -> RuleOut:
    """A rule for JSON."""
    short = json.loads(rule.short_form) if rule.short_form else {}
    pattern_value = short.get("pattern_value")
    return RuleOut(
        **{
            **json.loads(rule.spec),
            **{name: short.get(name) for name in _SHORT_FIELDS},
            "pattern_value": None if pattern_value is None else str(pattern_value),
        },
        id=rule.id,
        version=rule.version,
        matched=rule.matched,
        last_matched_at=rule.last_matched_at,
        broken=rule.broken,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
    )
