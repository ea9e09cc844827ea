"""The record as the API shows it. The names of the source project stand beside Twilio's own."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from giftpulse.ground.instants import Instant
from giftpulse.ground.paging import Id, Paging
from giftpulse.logs.entry import MICROS
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.twilio.error_codes import explain

LogType = Literal["message", "call", "alert", "error", "warning", "notice", "debug"]


def _without_nul(value: str | None) -> str | None:
    if value is not None and "\x00" in value:
        raise ValueError("expected a text without NUL characters")
    return value


Words = Annotated[str | None, AfterValidator(_without_nul), Field(json_schema_extra={"pattern": r"^[^\x00]*$"})]


class LogQuery(Paging):
    """What to list. All given conditions must hold."""

    log_type: LogType | None = Field(None, description="message, call, alert; or the level of an alert")
    status: Words = Field(None, max_length=200, description="One status, or several with commas")
    error_code: str | None = Field(
        None, max_length=200, pattern=r"^[0-9]{1,9}(,[0-9]{1,9})*$", description="One code, or several with commas"
    )
    processed: bool | None = Field(None, description="Whether all rules have seen its newest change")
    since: Instant | None = Field(None, description="Happened at or after this instant")
    until: Instant | None = Field(None, description="Happened before this instant")
    q: Words = Field(None, max_length=200, description="Words in SID, numbers, text or body")
    sid: Words = Field(None, max_length=64)
    account_sid: Words = Field(None, max_length=64)
    resource_sid: Words = Field(None, max_length=64, description="Alerts of this message or call")
    messaging_service_sid: Words = Field(None, max_length=64)
    from_number: Words = Field(None, max_length=64)
    to_number: Words = Field(None, max_length=64)

    @field_validator("from_number", "to_number", mode="after")
    @classmethod
    def _plus(cls, value: str | None) -> str | None:
        # A bare + in a query string is a space.
        return "+" + value.strip() if value is not None and value.startswith(" ") else value


class ErrorMeaning(BaseModel):
    """What a Twilio error code means and what to do."""

    code: int
    meaning: str
    retryable: Literal["no", "yes", "later", "once", "ambiguous"]
    action: str
    link: str


class LogOut(BaseModel):
    """One message, call or alert."""

    model_config = ConfigDict(populate_by_name=True)

    id: Id
    twilio_sid: str
    account_sid: str
    log_type: str = Field(examples=["message"])
    log_level: str | None = Field(description="Of alerts: error, warning, notice, debug")
    direction: str | None
    status: str | None = Field(examples=["undelivered"])
    error_code: int | None = Field(examples=[30003])
    error: ErrorMeaning | None
    error_message: str | None
    body: str | None
    from_number: str | None
    to_number: str | None
    resource_sid: str | None
    messaging_service_sid: str | None
    request_url: str | None
    duration: int | None = Field(description="Seconds")
    price: float | None
    price_unit: str | None
    segments: int | None
    timestamp: datetime = Field(description="When it happened")
    created_at: datetime = Field(description="When we first saw it")
    settled: str | None = Field(description="final, timeout, gone; null while Twilio may still change it")
    processed: bool


class ChangeOut(BaseModel):
    """One observed transition."""

    id: Id
    seen_at: datetime
    event_at: datetime
    source: str = Field(examples=["callback"])
    status_before: str | None
    status_after: str | None
    error_code_before: int | None
    error_code_after: int | None
    other: dict[str, list[Any]] = Field(
        description="Further fields that changed: [before, after]; of texts only that they did"
    )


class LogDetail(LogOut):
    """One entry with everything that is known of it."""

    raw_data: Any = Field(description="The record as Twilio wrote it, unknown fields included")
    changes: list[ChangeOut]
    related: list[LogOut] = Field(description="Alerts of this message or call, or the message or call of this alert")


def log_out(entry: LogEntry, processed: bool) -> LogOut:
    """An entry for a list."""
    return LogOut(**_fields(entry, processed))


def _fields(entry: LogEntry, processed: bool) -> dict[str, Any]:
    return {
        "id": entry.id,
        "twilio_sid": entry.sid,
        "account_sid": entry.account_sid,
        "log_type": entry.kind,
        "log_level": entry.log_level,
        "direction": entry.direction,
        "status": entry.status,
        "error_code": entry.error_code,
        "error": meaning_of(entry.error_code),
        "error_message": entry.text,
        "body": entry.body,
        "from_number": entry.from_,
        "to_number": entry.to,
        "resource_sid": entry.resource_sid,
        "messaging_service_sid": entry.messaging_service_sid,
        "request_url": entry.request_url,
        "duration": entry.duration,
        "price": None if entry.price_micros is None else entry.price_micros / MICROS,
        "price_unit": entry.price_unit,
        "segments": entry.segments,
        "timestamp": entry.event_at,
        "created_at": entry.seen_at,
        "settled": entry.settled,
        "processed": processed,
    }


def detail_out(
    entry: LogEntry, processed: bool, raw: Any, changes: list[ChangeOut], related: list[LogOut]
) -> LogDetail:
    """An entry by itself."""
    return LogDetail(**_fields(entry, processed), raw_data=raw, changes=changes, related=related)


def meaning_of(code: int | None) -> ErrorMeaning | None:
    """The meaning of a code, for JSON."""
    if code is None:
        return None
    known = explain(code)
    return ErrorMeaning(
        code=code, meaning=known.meaning, retryable=known.retryable, action=known.action, link=known.link
    )


def change_out(change: LogChange, other: dict[str, list[Any]]) -> ChangeOut:
    """A change for JSON."""
    return ChangeOut(
        id=change.id,
        seen_at=change.seen_at,
        event_at=change.event_at,
        source=change.source,
        status_before=change.status_before,
        status_after=change.status_after,
        error_code_before=change.error_before,
        error_code_after=change.error_after,
        other=other,
    )
