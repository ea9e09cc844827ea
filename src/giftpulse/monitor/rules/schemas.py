"""Rules in JSON. The language itself is read by parse.py; here is only its outline, for the OpenAPI."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from giftpulse.ground.paging import IdOrZero
from giftpulse.monitor.rules import outline
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.seed_form import SHORT_KEYS

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


_READ_ONLY = frozenset({"id", "version", "matched", "last_matched_at", "broken", "builtin", "created_at", "updated_at"})


def _outlined(schema: dict[str, Any]) -> None:
    # Unknown keys are let through to parse.py, which refuses them with the path and what is known there.
    schema["additionalProperties"] = False
    schema["examples"] = [_FULL, _SHORT]


def _needs_name(schema: dict[str, Any]) -> None:
    _outlined(schema)
    schema["required"] = ["name"]


class RulePatch(BaseModel):
    """Some fields of a rule."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_outlined)

    name: Annotated[Any, WithJsonSchema(outline.NAME)] = Field(None, description="What alerts are called")
    description: Annotated[Any, WithJsonSchema(outline.DESCRIPTION)] = None
    enabled: Annotated[Any, WithJsonSchema(outline.ENABLED)] = True
    severity: Annotated[Any, WithJsonSchema(outline.SEVERITY)] = "warning"
    condition: Annotated[Any, WithJsonSchema(outline.CONDITION)] = Field(
        None, description="`{field, op, value}`, or `all`, `any`, `not` of conditions"
    )
    trigger: Annotated[Any, WithJsonSchema(outline.TRIGGER)] = Field(
        None, description="`{type: each}` or `{type: threshold, count, within, group_by}`"
    )
    clear: Annotated[Any, WithJsonSchema(outline.CLEAR)] = Field(
        None, description="When an alert resolves: `{below, for}`"
    )
    cooldown: Annotated[Any, WithJsonSchema(outline.COOLDOWN)] = Field(
        None, description="How long nobody is told again, such as `30m`"
    )
    log_type: Annotated[Any, WithJsonSchema(outline.LOG_TYPE)] = Field(
        None, description="Short form: message, call, alert, or null for all"
    )
    pattern_type: Annotated[Any, WithJsonSchema(outline.PATTERN_TYPE)] = Field(
        None, description="Short form: error_code, regex, status or threshold"
    )
    pattern_value: Annotated[Any, WithJsonSchema(outline.PATTERN_VALUE)] = Field(
        None, description="Short form: what to look for"
    )
    threshold_count: Annotated[Any, WithJsonSchema(outline.THRESHOLD)] = Field(
        None, description="Short form, threshold: how many"
    )
    threshold_window_minutes: Annotated[Any, WithJsonSchema(outline.THRESHOLD)] = Field(
        None, description="Short form, threshold: within how many minutes"
    )

    def said(self) -> dict[str, Any]:
        """The fields that were sent, as they were sent. What only we can know, as an answer of ours tells it, is
        left out, and so are empty fields of the short form beside a condition: an answer may be sent back."""
        sent = {key: value for key, value in self.model_dump(exclude_unset=True).items() if key not in _READ_ONLY}
        if sent.get("condition") is None:
            return sent
        return {key: value for key, value in sent.items() if value is not None or key not in SHORT_KEYS}


class RuleIn(RulePatch):
    """A rule, in the full form (``condition`` and ``trigger``) or in the short one (``pattern_type`` ...)."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_needs_name)


class RuleOut(BaseModel):
    """A rule as it is kept: the full form, and beside it the short one if it was sent so."""

    id: IdOrZero
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
    threshold_window_minutes: int | None = None
    version: int
    matched: int = Field(description="Matches since the rule was made")
    last_matched_at: datetime | None = Field(description="null: it never matched; is it what you meant?")
    broken: str | None = Field(description="Why the rule takes no part, if it does not")
    builtin: str | None = Field(
        description="Name of a rule of ours, which watches GiftPulse itself: its condition is not asked, it cannot be "
        "deleted, and only `enabled`, `severity` and `cooldown` can be changed. null for all others"
    )
    created_at: datetime
    updated_at: datetime


def rule_out(rule: Rule) -> RuleOut:
    """A rule for JSON."""
    short = json.loads(rule.short_form) if rule.short_form else {}
    pattern_value = short.get("pattern_value")
    return RuleOut(
        **{
            **json.loads(rule.spec),
            **{name: short.get(name) for name in SHORT_KEYS},
            "pattern_value": None if pattern_value is None else str(pattern_value),
        },
        id=rule.id,
        version=rule.version,
        matched=rule.matched,
        last_matched_at=rule.last_matched_at,
        broken=rule.broken,
        builtin=rule.builtin,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
    )
