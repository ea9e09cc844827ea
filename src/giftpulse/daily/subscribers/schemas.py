"""People and their consent in JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from giftpulse.daily.programs import times
from giftpulse.daily.programs.fields import Language, Line, Lines, Time, Word
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground.access import Role
from giftpulse.ground.instants import Instant
from giftpulse.ground.paging import Id, Paging
from giftpulse.ground.phone import mask

_EXAMPLE: dict[str, Any] = {
    "program_id": "1",
    "phone": "+13035550123",
    "timezone": "America/Denver",
    "first_name": "Ann",
    "status": "active",
    "consent": {"source": "api", "wording": "Send me one kind text a day.", "at": "2026-11-20T12:00:00Z"},
}
_PATCH: dict[str, Any] = {"first_name": "Ann", "timezone": "America/Chicago", "paused_until": None}

FirstName = Annotated[Word, Field(min_length=1, max_length=60)]
ThemeName = Annotated[Word, Field(min_length=1, max_length=40)]
ZoneText = Annotated[Line, Field(max_length=60, description="A zone, city, state or ZIP code: where the person is")]
ZipText = Annotated[Line, Field(max_length=10, description="A ZIP code of the US", examples=["94110"])]
StateText = Annotated[Line, Field(max_length=40, description="A state of the US", examples=["CO"])]
CountryText = Annotated[Word, Field(min_length=2, max_length=2, pattern="^[A-Za-z]{2}$")]
Status = Literal["pending", "active", "opted_out", "suppressed", "erased"]


class ConsentIn(BaseModel):
    """How a person agreed."""

    model_config = ConfigDict(extra="forbid")

    source: Literal["api", "import", "keyword", "form"] = Field("api", description="Where they did")
    wording: Lines | None = Field(None, max_length=4000, description="Exactly what they were shown")
    wording_version: Line | None = Field(None, max_length=60, description="By default a hash of the wording")
    at: Instant | None = Field(None, description="When they did; by default now")
    message_sid: Line | None = Field(None, max_length=40, description="The text that says so")
    ip: Line | None = Field(None, max_length=45)
    user_agent: Line | None = Field(None, max_length=400)


class SubscriberIn(BaseModel):
    """A person who joins."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    program_id: Id
    phone: Line = Field(max_length=40, description="With country code", examples=["+13035550123"])
    timezone: ZoneText | None = None
    zip: ZipText | None = None
    state: StateText | None = None
    first_name: FirstName | None = None
    window_start: Time | None = Field(None, description="A window of their own; null for the program's")
    window_end: Time | None = None
    language: Language | None = Field(None, description="null for the program's")
    theme: ThemeName | None = Field(None, description="One of the program's themes; null for none")
    status: Literal["active", "pending"] = Field("active", description="pending: they are asked to reply YES first")
    consent: ConsentIn | None = Field(None, description="Needed, for a pending subscriber as well")


_READ_ONLY = frozenset(
    {"id", "program_id", "phone", "timezone_source", "country", "status_reason", "status_at", "failures"}
    | {"failure_code", "created_at", "updated_at"}
)


class SubscriberPatch(BaseModel):
    """Some fields of a person."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_PATCH]})

    timezone: ZoneText | None = None
    zip: ZipText | None = None
    state: StateText | None = None
    first_name: FirstName | None = None
    window_start: Time | None = None
    window_end: Time | None = None
    language: Language | None = None
    theme: ThemeName | None = None
    paused_until: Instant | None = Field(None, description="No texts before; null: go on")
    status: Status | None = Field(None, description="By hand only opted_out or suppressed")
    reason: Line = Field("", max_length=200, description="Why the status changes; kept in the ledger")

    @model_validator(mode="before")
    @classmethod
    def _without_ours(cls, data: Any) -> Any:
        """What only we can know is left out: an answer of ours may be sent back."""
        return {k: v for k, v in data.items() if k not in _READ_ONLY} if isinstance(data, dict) else data


class SubscriberQuery(Paging):
    """Which people to list."""

    program_id: Id | None = None
    status: Status | None = None
    phone: Line | None = Field(None, max_length=40, description="Exactly this number")
    q: Line | None = Field(None, max_length=60, description="A part of the name, or of the number")
    timezone: Line | None = Field(None, max_length=60, description="A part of the zone, such as Denver")


class SubscriberOut(BaseModel):
    """A person in a program."""

    id: Id
    program_id: Id
    phone: str | None = Field(description="null after an erasure; masked for tokens that may only read")
    first_name: str | None
    status: str
    status_reason: str
    status_at: datetime
    timezone: str | None = Field(description="All zones they may be in, joined by commas; null: unknown")
    timezone_source: str = Field(description="stated, zip, state, number or unknown")
    state: str | None
    country: str | None
    window_start: str | None
    window_end: str | None
    language: str | None
    theme: str | None
    paused_until: datetime | None
    failures: int = Field(description="Texts in a row that could not be delivered")
    failure_code: int | None
    created_at: datetime
    updated_at: datetime


class ConsentOut(BaseModel):
    """One line of the consent ledger."""

    id: Id
    at: datetime
    recorded_at: datetime
    kind: str
    source: str
    by: str
    phone: str | None
    message_sid: str | None
    ip: str | None
    user_agent: str | None
    wording: str | None
    wording_version: str | None
    detail: str


class ImportQuery(BaseModel):
    """Into which program a file goes, and what its people agreed to where the file itself does not say."""

    program_id: Id
    country: CountryText | None = Field(None, description="Country of numbers without a country code, such as US")
    consent_source: Line | None = Field(None, max_length=200, description="Where people agreed, such as a web form")
    consent_wording: Lines | None = Field(None, max_length=4000, description="What they were shown")
    consent_at: Instant | None = Field(None, description="When they agreed; by default now")

    def consent(self, by: str, now: datetime) -> Consent | None:
        """The consent of people whose line says nothing of it; None if there is none."""
        if not self.consent_source and not self.consent_wording:
            return None
        at, wording = self.consent_at or now, self.consent_wording or None
        return Consent("opt_in", "import", by, at, wording=wording, detail=self.consent_source or "")


class RowErrorOut(BaseModel):
    """Why a line of a file was not taken."""

    line: int
    field: str
    reason: str


class ImportedOut(BaseModel):
    """What came of a file."""

    lines: int = Field(description="Lines with data")
    added: int
    already: int = Field(description="Numbers that were in the program before")
    refused: list[RowErrorOut]


def subscriber_out(one: Subscriber, role: Role = "admin") -> SubscriberOut:
    """A person for JSON."""
    return SubscriberOut(
        id=one.id,
        program_id=one.program_id,
        phone=one.phone if role == "admin" or one.phone is None else mask(one.phone),
        first_name=one.first_name,
        status=one.status,
        status_reason=one.status_reason,
        status_at=one.status_at,
        timezone=one.timezone or None,
        timezone_source=one.timezone_source,
        state=one.state,
        country=one.country,
        window_start=None if one.window_start is None else times.clock(one.window_start),
        window_end=None if one.window_end is None else times.clock(one.window_end),
        language=one.language,
        theme=one.theme,
        paused_until=one.paused_until,
        failures=one.failures,
        failure_code=one.failure_code,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def consent_out(line: ConsentEvent, role: Role = "admin") -> ConsentOut:
    """A line of the ledger for JSON. Whoever may only read sees neither number nor address."""
    admin = role == "admin"
    return ConsentOut(
        id=line.id,
        at=line.at,
        recorded_at=line.recorded_at,
        kind=line.kind,
        source=line.source,
        by=line.by if admin else masked_by(line.by),
        phone=line.phone if admin or line.phone is None else mask(line.phone),
        message_sid=line.message_sid,
        ip=line.ip if admin else None,
        user_agent=line.user_agent if admin else None,
        wording=line.wording,
        wording_version=line.wording_version,
        detail=line.detail,
    )


def masked_by(by: str) -> str:
    """Who spoke; the person themselves may be named by their number."""
    return mask(by) if by.startswith("+") else by
