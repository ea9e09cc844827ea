"""The record as the API shows it. The names of the source project stand beside Twilio's own.

A token that may only read watches whether texts arrive, not to whom they go: it sees masked numbers, as everywhere in
the API, and no bodies.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from giftpulse.ground.access import Role
from giftpulse.ground.instants import Instant
from giftpulse.ground.paging import Id, Paging
from giftpulse.ground.phone import mask, mask_all
from giftpulse.logs.entry import MICROS
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.twilio.error_codes import explain

LogType = Literal["message", "call", "alert", "error", "warning", "notice", "debug"]


def _without_nul(value: str | None) -> str | None:
    if value is not None and "\x00" in value:
        raise ValueError("expected a text without NUL characters")
    return value


Words = Annotated[str | None, AfterValidator(_without_nul), Field(json_schema_extra={"pattern": r"^[^\x00]*$"})]


_SEARCHED = "Words in SID, numbers, text or body; for tokens that may only read in SID, and without digits in text"
_MASKED = "Masked for tokens that may only read"
_ADMINS = "null for tokens that may only read"


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
    q: Words = Field(None, max_length=200, description=_SEARCHED)
    sid: Words = Field(None, max_length=64)
    account_sid: Words = Field(None, max_length=64)
    resource_sid: Words = Field(None, max_length=64, description="Alerts of this message or call")
    messaging_service_sid: Words = Field(None, max_length=64)
    from_number: Words = Field(None, max_length=64, description="Exactly this number; needs an admin token (403)")
    to_number: Words = Field(None, max_length=64, description="Exactly this number; needs an admin token (403)")

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
    error_message: str | None = Field(description="Numbers in it are masked for tokens that may only read")
    body: str | None = Field(description=_ADMINS)
    from_number: str | None = Field(description=_MASKED)
    to_number: str | None = Field(description=_MASKED)
    resource_sid: str | None
    messaging_service_sid: str | None
    request_url: str | None = Field(description="Without its query for tokens that may only read")
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
        description="Further fields that changed: [before, after]; of texts only that they did. "
        "Numbers are masked for tokens that may only read"
    )


class LogDetail(LogOut):
    """One entry with everything that is known of it."""

    raw_data: Any = Field(description=f"The record as Twilio wrote it, unknown fields included; {_ADMINS}")
    changes: list[ChangeOut]
    related: list[LogOut] = Field(description="Alerts of this message or call, or the message or call of this alert")


def log_out(entry: LogEntry, processed: bool, role: Role = "admin") -> LogOut:
    """An entry for a list."""
    return LogOut(**_fields(entry, processed, role))


def _fields(entry: LogEntry, processed: bool, role: Role) -> dict[str, Any]:
    shown = {
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
    return shown if role == "admin" else shown | _for_readers(entry)


def _for_readers(entry: LogEntry) -> dict[str, Any]:
    return {
        "error_message": _masked("text", entry.text),
        "body": None,
        "from_number": _masked("from_", entry.from_),
        "to_number": _masked("to", entry.to),
        "request_url": _masked("request_url", entry.request_url),
    }


def _masked(name: str, value: Any) -> Any:
    """A field of an entry as a token sees it that may only read."""
    if not isinstance(value, str):
        return value
    if name in ("from_", "to"):
        return mask(value)
    # The query of a webhook that is called by GET holds numbers and words.
    return mask_all(value.partition("?")[0] if name == "request_url" else value)


def detail_out(
    entry: LogEntry,
    processed: bool,
    raw: Any,
    changes: list[ChangeOut],
    related: list[LogOut],
    role: Role = "admin",
) -> LogDetail:
    """An entry by itself. Twilio's own record is for admins: it repeats numbers and words in places of its own."""
    shown = raw if role == "admin" else None
    return LogDetail(**_fields(entry, processed, role), raw_data=shown, changes=changes, related=related)


def meaning_of(code: int | None) -> ErrorMeaning | None:
    """The meaning of a code, for JSON."""
    if code is None:
        return None
    known = explain(code)
    return ErrorMeaning(
        code=code, meaning=known.meaning, retryable=known.retryable, action=known.action, link=known.link
    )


def change_out(change: LogChange, other: dict[str, list[Any]], role: Role = "admin") -> ChangeOut:
    """A change for JSON."""
    if role != "admin":
        other = {name: [_masked(name, value) for value in values] for name, values in other.items()}
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
