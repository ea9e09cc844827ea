"""Actions in JSON. What a configuration may hold is its channel's business."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from giftpulse.ground.paging import Id
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.store import shown_config

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
    "rule_id": "1",
    "action_type": "webhook",
    "config": {"url": "https://hooks.example.com/twilio", "method": "POST", "headers": {}},
}


class ActionIn(BaseModel):
    """An action."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EMAIL, _WEBHOOK]})

    rule_id: Id | None = Field(None, description="The rule whose alerts to tell of; null for every rule")
    name: str | None = Field(None, max_length=200)
    action_type: str = Field(max_length=50, description="email or webhook")
    enabled: bool = True
    config: dict[str, Any]

    @field_validator("name", "action_type")
    @classmethod
    def _no_nul(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("expected a text without NUL characters")
        return value


class ActionPatch(ActionIn):
    """Some fields of an action."""

    action_type: str | None = Field(None, max_length=50)  # type: ignore[assignment]  # optional in a patch
    enabled: bool | None = None  # type: ignore[assignment]  # optional in a patch
    config: dict[str, Any] | None = None  # type: ignore[assignment]  # optional in a patch


class ActionOut(BaseModel):
    """An action as it is kept; secrets are shown as ``********``."""

    id: Id
    rule_id: Id | None
    name: str
    action_type: str
    enabled: bool
    config: dict[str, Any]
    trouble: str | None = Field(description="What last went wrong, or why it was switched off")
    created_at: datetime
    updated_at: datetime


def action_out(site: Site, action: Action) -> ActionOut:
    """An action for JSON."""
    return ActionOut(
        id=action.id,
        rule_id=action.rule_id,
        name=action.name,
        action_type=action.action_type,
        enabled=action.enabled,
        config=shown_config(site, action),
        trouble=action.trouble,
        created_at=action.created_at,
        updated_at=action.updated_at,
    )
