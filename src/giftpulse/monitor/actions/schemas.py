"""Actions in JSON. What a configuration may hold is its channel's business."""

import math
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema, field_validator, model_validator

from giftpulse.ground.access import Role
from giftpulse.ground.paging import Id, IdOrZero
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.store import NOT_OPENED, shown_config
from giftpulse.monitor.channels.registry import CHANNELS
from giftpulse.monitor.channels.secrets import MASK
from giftpulse.monitor.rules.values import unicode_fault

_EMAIL: dict[str, Any] = {
    "rule_id": "1",
    "action_type": "email",
    "config": {
        "recipients": ["ops@example.com"],
        "subject": "Twilio Alert",
        "body": "Error {{ error_code }} detected",
    },
}
_WEBHOOK: dict[str, Any] = {
    "action_type": "webhook",
    "config": {"url": "https://hooks.example.com/twilio", "method": "POST", "headers": {}},
}


_READ_ONLY = frozenset({"id", "trouble", "created_at", "updated_at"})
_TEMPLATE: dict[str, Any] = {"type": ["string", "null"]}
_CONFIG: dict[str, Any] = {
    "anyOf": [
        {
            "title": "EmailConfig",
            "type": "object",
            "properties": {
                "recipients": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 50},
                "subject": _TEMPLATE,
                "body": _TEMPLATE,
                "html": _TEMPLATE,
            },
            "required": ["recipients"],
            "additionalProperties": False,
        },
        {
            "title": "WebhookConfig",
            "type": "object",
            "properties": {
                "url": {"type": "string", "format": "uri"},
                "method": {"enum": ["POST", "PUT"], "default": "POST"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "payload": {"type": ["object", "array", "string", "null"]},
                "secret": {"type": ["string", "null"], "description": "Signs the request: `whsec_...`"},
            },
            "required": ["url"],
            "additionalProperties": False,
        },
    ]
}

Config = Annotated[dict[str, Any], WithJsonSchema(_CONFIG)]
"""What an action needs to know. Its channel checks it, and says more than a schema can."""


_DEEPEST = 20


def _fault(value: Any, path: str, depth: int = 0) -> str | None:
    """Why a part of a config could be neither shown nor sent as JSON in UTF-8, with its path; None when it is sound."""
    if depth > _DEEPEST:
        return f"{path}: nested deeper than {_DEEPEST}"
    if isinstance(value, str) and (reason := unicode_fault(value)):
        return f"{path}: {reason}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path}: expected a number that JSON knows"
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if isinstance(key, str) and unicode_fault(key):
            return f"{path}: a name in it is not valid Unicode"
        if found := _fault(part, f"{path}.{key}", depth + 1):
            return found
    return None


class ActionIn(BaseModel):
    """An action."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EMAIL, _WEBHOOK]})

    rule_id: IdOrZero | None = Field(None, description="The rule whose alerts to tell of; null for every rule")
    name: str | None = Field(None, max_length=200)
    action_type: str = Field(max_length=50, description="How to tell", json_schema_extra={"enum": list(CHANNELS)})
    enabled: StrictBool = True
    config: Config

    @model_validator(mode="before")
    @classmethod
    def _without_ours(cls, data: Any) -> Any:
        """What only we can know is left out: an answer of ours may be sent back."""
        return {k: v for k, v in data.items() if k not in _READ_ONLY} if isinstance(data, dict) else data

    @field_validator("config")
    @classmethod
    def _sound(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and (fault := _fault(value, "config")):
            raise ValueError(fault)
        return value

    @field_validator("name", "action_type")
    @classmethod
    def _no_nul(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("expected a text without NUL characters")
        return value


class ActionPatch(ActionIn):
    """Some fields of an action."""

    action_type: str | None = Field(None, max_length=50, json_schema_extra={"enum": [*CHANNELS, None]})  # type: ignore[assignment]  # optional in a patch
    enabled: StrictBool | None = None  # type: ignore[assignment]  # optional in a patch
    config: Config | None = None  # type: ignore[assignment]  # optional in a patch


class ActionOut(BaseModel):
    """An action as it is kept; secrets are shown as ``********``."""

    id: Id
    rule_id: IdOrZero | None
    name: str
    action_type: str
    enabled: bool
    config: dict[str, Any] | None = Field(description="Null: no key opens it any more. It has to be written anew")
    trouble: str | None = Field(description="What last went wrong, or why it was switched off")
    created_at: datetime
    updated_at: datetime


def action_out(site: Site, action: Action, role: Role = "admin") -> ActionOut:
    """An action for JSON. Whoever may only read sees of an address no more than the host: many services put their
    secret into the path."""
    config = shown_config(site, action)
    if role != "admin" and config is not None and isinstance(config.get("url"), str):
        parts = urlsplit(config["url"])
        config["url"] = f"{parts.scheme}://{parts.netloc}/{MASK}"
    return ActionOut(
        id=action.id,
        rule_id=action.rule_id,
        name=action.name,
        action_type=action.action_type,
        enabled=action.enabled,
        config=config,
        trouble=action.trouble if config is not None else NOT_OPENED,
        created_at=action.created_at,
        updated_at=action.updated_at,
    )
