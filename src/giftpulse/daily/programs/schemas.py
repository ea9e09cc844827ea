"""Programs in JSON."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from giftpulse.daily.programs import times, weekdays
from giftpulse.daily.programs.fields import (
    Date,
    Days,
    Flag,
    Keyword,
    Language,
    Line,
    Lines,
    SenderText,
    Time,
    Whole,
    Word,
)
from giftpulse.daily.programs.models import Hold, Program
from giftpulse.ground.errors import FieldError, InvalidInputError
from giftpulse.ground.paging import Id

_EXAMPLE: dict[str, Any] = {
    "name": "Daily Positivity",
    "join_keyword": "DAILY",
    "window_start": "12:00",
    "window_end": "17:00",
    "weekdays": ["mon", "tue", "wed", "thu", "fri"],
    "quiet_hours": True,
    "help_contact": "help@example.com",
}

_READ_ONLY = frozenset({"id", "slug", "holds", "created_at", "updated_at"})

ProgramName = Annotated[Word, Field(min_length=1, max_length=80)]
Approval = Literal["none", "required"]
Theme = Annotated[Word, Field(min_length=1, max_length=40)]
BannedWord = Annotated[Word, Field(min_length=1, max_length=50)]


class ProgramIn(BaseModel):
    """A text program."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: ProgramName
    sender: SenderText | None = Field(
        None, description="A number, a short code or a messaging service; null for the one of the settings"
    )
    segments_per_second: float = Field(1, ge=0.1, le=2000, strict=True, description="What the sender may send")
    join_keyword: Keyword | None = Field(None, description="The word by which people join; null for none")
    window_start: Time = Field("12:00", description="Local time from which texts are sent")
    window_end: Time = Field("17:00", description="Local time before which texts are sent, on the same day")
    weekdays: Days = Field(list(weekdays.NAMES), description="Days on which texts are sent")
    holidays: list[Date] = Field([], max_length=400, description="Local dates on which none is sent")
    quiet_hours: Flag = Field(True, description="Keep to the hours that the law of each place leaves")
    canary: Flag = Field(True, description="Send a first slice of each day, and the rest if that went well")
    approval: Approval = Field("none", description="required: a person approves each text of the writing service")
    approval_hours: Whole = Field(2, ge=0, le=72, description="Hours before the first text by which that must be done")
    prompt: Lines = Field("", max_length=4000, description="What the writing service is told")
    themes: list[Theme] = Field([], max_length=20, description="Themes that people can choose; none: all get the same")
    language: Language = Field("en", description="The language of those who chose none")
    max_segments: Whole = Field(1, ge=1, le=2, description="Segments that a text may have")
    banned_words: list[BannedWord] = Field([], max_length=200, description="Words that no text may have")
    footer: Line = Field("", max_length=100, description="What some texts end with, such as how to stop")
    footer_every: Whole = Field(0, ge=0, le=365, description="The footer comes with each n-th text; 0: never")
    help_contact: Line = Field("", max_length=100, description="Whom people who text HELP can turn to")
    helpline: Lines = Field("", max_length=320, description="What people in danger are answered")
    brand: Line = Field("", max_length=60, description="Who sends it; by default the name")
    description: Lines = Field("", max_length=500)
    daily_cap: Whole | None = Field(None, ge=1, le=100_000_000, description="Segments a day over all people, at most")
    paused: Flag = Field(False, description="Nothing is sent while it is")

    @model_validator(mode="before")
    @classmethod
    def _without_ours(cls, data: Any) -> Any:
        """What only we can know is left out: an answer of ours may be sent back."""
        return {k: v for k, v in data.items() if k not in _READ_ONLY} if isinstance(data, dict) else data


class ProgramPatch(ProgramIn):
    """Some fields of a program."""

    name: ProgramName = ""


class HoldOut(BaseModel):
    """Something that stops a program's texts at present."""

    scope: str = Field(examples=["program:17", "sender:+15551234567", "all"])
    cause: str
    reason: str
    since: datetime
    until: datetime | None = Field(description="When it ends by itself, if it does")


class ProgramOut(ProgramIn):
    """A program as it is kept."""

    id: Id
    slug: str = Field(description="Its name in addresses: /join/{slug}")
    holds: list[HoldOut] = Field(description="What stops it at present")
    created_at: datetime
    updated_at: datetime

    @model_validator(mode="before")
    @classmethod
    def _without_ours(cls, data: Any) -> Any:
        return data


class Resumed(BaseModel):
    """What was lifted, and the program as it is now."""

    lifted: list[HoldOut]
    program: ProgramOut


def read(data: Mapping[str, Any]) -> ProgramIn:
    """A program from JSON. Raises InvalidInputError with every field at fault."""
    try:
        return ProgramIn.model_validate(dict(data))
    except ValidationError as error:
        raise InvalidInputError(*(_fault(dict(found)) for found in error.errors(include_url=False))) from None


def _fault(found: dict[str, Any]) -> FieldError:
    return FieldError(".".join(str(part) for part in found["loc"]), str(found["msg"]).removeprefix("Value error, "))


_SAME = (
    "name", "sender", "segments_per_second", "join_keyword", "quiet_hours", "canary", "approval", "approval_hours",
    "prompt", "language", "max_segments", "footer", "footer_every", "help_contact", "helpline", "brand", "description",
    "daily_cap",
)  # fmt: skip
"""Fields that are stored as they are shown."""


def columns(spec: ProgramIn) -> dict[str, Any]:
    """What is stored of a program's JSON, by column. Whether it is paused is a hold, and not among it."""
    said = spec.model_dump()
    return {name: said[name] for name in _SAME} | {
        "brand": spec.brand or spec.name,
        "window_start": times.minute(spec.window_start),
        "window_end": times.minute(spec.window_end),
        "weekdays": weekdays.mask(spec.weekdays),
        "holidays": json.dumps(sorted(set(spec.holidays))),
        "themes": json.dumps(list(dict.fromkeys(spec.themes))),
        "banned_words": json.dumps(list(dict.fromkeys(spec.banned_words))),
    }


def shown(program: Program, *, paused: bool) -> dict[str, Any]:
    """A stored program in the form in which ``ProgramIn`` takes it."""
    return {name: getattr(program, name) for name in _SAME} | {
        "window_start": times.clock(program.window_start),
        "window_end": times.clock(program.window_end),
        "weekdays": weekdays.names(program.weekdays),
        "holidays": json.loads(program.holidays),
        "themes": json.loads(program.themes),
        "banned_words": json.loads(program.banned_words),
        "paused": paused,
    }


def hold_out(held: Hold) -> HoldOut:
    """A hold for JSON."""
    return HoldOut(scope=held.scope, cause=held.cause, reason=held.reason, since=held.since, until=held.until)


def program_out(program: Program, holds: Iterable[Hold]) -> ProgramOut:
    """A program for JSON, with the holds that stop it."""
    found = list(holds)
    paused = any(held.scope == f"program:{program.id}" and held.cause == "operator" for held in found)
    return ProgramOut(
        **shown(program, paused=paused),
        id=program.id,
        slug=program.slug,
        holds=[hold_out(held) for held in found],
        created_at=program.created_at,
        updated_at=program.updated_at,
    )
