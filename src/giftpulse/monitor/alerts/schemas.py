"""Alerts and silences in JSON."""

import json
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from giftpulse.ground.access import Role
from giftpulse.ground.instants import Instant
from giftpulse.ground.paging import Id, IdOrZero, Paging
from giftpulse.ground.phone import mask, mask_all
from giftpulse.monitor.alerts.models import Alert, AlertEvent, Silence
from giftpulse.monitor.notify.models import Notification

State = Literal["firing", "acknowledged", "resolved"]
Severity = Literal["info", "warning", "critical"]


class AlertQuery(Paging):
    """Which alerts to list."""

    state: Literal["firing", "acknowledged", "resolved", "open"] | None = Field(
        None, description="open: firing or acknowledged"
    )
    rule_id: IdOrZero | None = None
    severity: Severity | None = None


class AlertOut(BaseModel):
    """One incident of a rule and group."""

    id: Id
    rule_id: IdOrZero
    rule_name: str
    rule_version: int
    severity: str
    state: State
    group: dict[str, str | None] = Field(
        description="Numbers in it, and in all that an alert says, are masked for tokens that may only read",
        examples=[{"messaging_service_sid": "MG00000000000000000000000000000000"}],
    )
    summary: str
    count: int = Field(description="Matches so far")
    late: bool = Field(description="The events were old when we heard of them")
    opened_at: datetime
    first_event_at: datetime
    last_event_at: datetime
    closes_at: datetime | None = Field(description="When it resolves if nothing more happens")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_reason: str | None
    told_at: datetime | None = Field(description="When actions were told that it fires")
    notice: str | None = Field(description="What was decided about telling, and why")


class AlertEventOut(BaseModel):
    """A line of an alert's history."""

    at: datetime
    what: str
    why: str


class NotificationOut(BaseModel):
    """One thing that was, or is to be, told."""

    id: Id
    notice_id: str
    action_id: Id
    reason: str
    state: Literal["pending", "sent", "failed", "dropped"]
    attempts: int
    next_attempt_at: datetime | None
    finished_at: datetime | None
    detail: str | None


class AlertDetail(AlertOut):
    """One alert with its history, its notifications and some of the entries that matched."""

    history: list[AlertEventOut]
    notifications: list[NotificationOut]
    log_ids: list[Id]


class ResolveIn(BaseModel):
    """Who acts, for the history."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": "ops@example.com"}]})

    by: str = Field("api", min_length=1, max_length=200, pattern=r"^[^\x00]+$")


class SilenceIn(BaseModel):
    """A time in which nobody is told of the alerts that match."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"rule_id": "1", "ends_at": "2030-01-01T00:00:00Z", "comment": "planned maintenance"}]
        },
    )

    rule_id: IdOrZero | None = Field(None, description="null: every rule")
    severity: Severity | None = Field(None, description="null: every severity")
    group: dict[str, str | None] = Field(default_factory=dict, description="Labels the alert's group must have")
    starts_at: Instant | None = Field(None, description="null: now")
    ends_at: Instant
    comment: str = Field("", max_length=2000, pattern=r"^[^\x00]*$")
    created_by: str = Field("api", max_length=200, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: expected an instant after starts_at")
        return self


class SilenceOut(BaseModel):
    """A silence."""

    id: Id
    rule_id: IdOrZero | None
    severity: Severity | None
    group: dict[str, str | None]
    starts_at: datetime
    ends_at: datetime
    comment: str
    created_by: str
    created_at: datetime


def alert_fields(alert: Alert, role: Role = "admin") -> dict[str, Any]:
    """The fields of an alert for JSON."""
    shown = {name: getattr(alert, name) for name in AlertOut.model_fields if name != "group"}
    if role != "admin":
        # The summary, and what was decided by it, names the group.
        shown |= {name: _masked(shown[name]) for name in ("summary", "notice", "resolved_reason")}
    return {**shown, "group": _group(alert.group, role)}


def alert_out(alert: Alert, role: Role = "admin") -> AlertOut:
    """An alert for a list."""
    return AlertOut(**alert_fields(alert, role))


def event_out(event: AlertEvent, role: Role = "admin") -> AlertEventOut:
    """A line of history for JSON."""
    return AlertEventOut(at=event.at, what=event.what, why=event.why if role == "admin" else mask_all(event.why))


def notification_out(row: Notification, role: Role = "admin") -> NotificationOut:
    """What was told of an alert, for JSON. The receiver's own words may repeat a number."""
    shown = {name: getattr(row, name) for name in NotificationOut.model_fields}
    return NotificationOut(**(shown if role == "admin" else shown | {"detail": _masked(row.detail)}))


def silence_out(silence: Silence, role: Role = "admin") -> SilenceOut:
    """A silence for JSON."""
    shown = {name: getattr(silence, name) for name in SilenceOut.model_fields if name != "group"}
    if role != "admin":
        shown["comment"] = mask_all(silence.comment)
    return SilenceOut(**shown, group=_group(silence.group, role))


def _group(labels: str, role: Role) -> dict[str, str | None]:
    group: dict[str, str | None] = json.loads(labels)
    if role == "admin":
        return group
    return {name: mask(value) if value and name in ("from", "to") else _masked(value) for name, value in group.items()}


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_all(text)
