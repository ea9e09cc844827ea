"""Editions in JSON."""

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from giftpulse.daily.editions.models import Edition
from giftpulse.daily.editions.prices import as_of
from giftpulse.daily.editions.store import DayCost
from giftpulse.ground.paging import Id, Paging

State = Literal["waiting", "approved", "rejected"]
Source = Literal["ai", "fallback", "human"]

NO_NUL = r"^[^\x00]*$"
_SAID = r"^[^\x00]*[^\x00\s][^\x00]*$"


def _written(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d\Z", value)):
        return value
    raise ValueError("expected a date such as 2026-11-20")


LocalDate = Annotated[date, BeforeValidator(_written)]
"""A date as ``2026-11-20``."""

Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)]
Language = Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3})?$", examples=["en", "es-MX"])]
Theme = Annotated[str, Field(max_length=60, pattern=NO_NUL)]
By = Annotated[str, Field(min_length=1, max_length=200, pattern=_SAID)]


class EditionQuery(Paging):
    """Which editions to list."""

    program_id: Id | None = None
    state: State | None = None
    source: Source | None = None
    language: Language | None = None
    local_date: LocalDate | None = None
    since: LocalDate | None = Field(None, description="Local dates from this one on")
    until: LocalDate | None = Field(None, description="Local dates up to this one")


class EditionOut(BaseModel):
    """The text of a program's day, in one language and theme."""

    id: Id
    program_id: Id
    local_date: date
    language: str
    theme: str = Field(description="Empty for everybody who chose none")
    text: str
    encoding: Literal["GSM-7", "UCS-2"]
    segments: int = Field(description="With the footer, and the longest name")
    source: Source
    library_key: str | None = Field(description="Which text of the library it is")
    state: State
    reason: str = Field(description="Why it is in this state, or where it is from")
    decided_by: str | None
    decided_at: datetime | None
    approve_by: datetime | None = Field(description="When it gives way to the library, if nobody approves it")
    created_at: datetime


class WhoIn(BaseModel):
    """Who acts, for the history."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": "ops@example.com"}]})

    by: By = "api"


class RejectIn(WhoIn):
    """Who rejects, and why: the next text is written with that in mind."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "too solemn"}]})

    reason: str = Field(min_length=1, max_length=500, pattern=_SAID)


class EditIn(WhoIn):
    """Another text for an edition."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "A nap is a small holiday with no packing."}]}
    )

    text: Text
    force: bool = Field(False, strict=True, description="Take it whatever speaks against it, as long as it can be sent")


class EditionIn(EditIn):
    """A text of one's own for a day ahead."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"program_id": "1", "local_date": "2026-12-01", "text": "A nap is a small holiday with no packing."}
            ]
        },
    )

    program_id: Id
    local_date: LocalDate
    language: Language = Field("", description="By default the program's")
    theme: Theme = Field("", description="By default everybody's")


class GenerateIn(BaseModel):
    """For which program to write now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"program_id": "1"}]})

    program_id: Id


class GeneratedOut(BaseModel):
    """What was done."""

    written: int
    fallbacks: int = Field(description="Texts of the library that stepped in")
    left: int = Field(description="Texts that the next round tries again")
    dropped: int = Field(description="Texts that somebody else was faster with")
    more: bool = Field(description="Time was up before all was done; the next round goes on")
    notes: list[str]


class CheckIn(BaseModel):
    """A text to be looked at; nothing is kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"program_id": "1", "text": "A nap is a small holiday with no packing."}]},
    )

    program_id: Id
    text: str = Field(max_length=2_000, pattern=NO_NUL)
    language: Language = Field("", description="By default the program's")


class NearestOut(BaseModel):
    """The most alike of all texts that the program has said."""

    text: str
    score: float = Field(description="From 0 to 100")
    exact: bool
    too_alike: bool


class CheckOut(BaseModel):
    """The verdict on a text, as it would be kept, with the footer and the longest name."""

    ok: bool
    text: str
    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int = Field(description="Septets in GSM-7, UTF-16 units in UCS-2")
    forced_by: str | None = Field(description="The first character that makes it UCS-2")
    reasons: list[str]
    nearest: NearestOut | None


class CostQuery(BaseModel):
    """Which costs to show."""

    program_id: Id | None = None
    since: LocalDate | None = Field(None, description="Days (UTC) from this one on; by default the last 30")


class DayCostOut(BaseModel):
    """What writing took on one day (UTC) with one model."""

    day: date
    model: str
    requests: int
    written: int = Field(description="Texts that were good")
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float = Field(description="By the price table; 0 for a model that is not in it")


class CostsOut(BaseModel):
    """What writing took."""

    items: list[DayCostOut]
    tokens: int
    cost_usd: float
    prices_as_of: date


def edition_out(edition: Edition) -> EditionOut:
    """An edition for JSON."""
    return EditionOut(**{name: getattr(edition, name) for name in EditionOut.model_fields})


def costs_out(days: list[DayCost]) -> CostsOut:
    """Costs for JSON."""
    items = [
        DayCostOut(
            day=day.day,
            model=day.model,
            requests=day.requests,
            written=day.written,
            prompt_tokens=day.prompt_tokens,
            completion_tokens=day.completion_tokens,
            cost_usd=day.cost_micros / 1e6,
        )
        for day in days
    ]
    tokens = sum(day.prompt_tokens + day.completion_tokens for day in days)
    return CostsOut(
        items=items, tokens=tokens, cost_usd=sum(day.cost_micros for day in days) / 1e6, prices_as_of=as_of()
    )
