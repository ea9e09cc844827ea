"""Dry runs in JSON."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from giftpulse.daily.simulate import Forecast
from giftpulse.ground.paging import Id


class HourOut(BaseModel):
    """One hour of the local day in one zone."""

    zone: str = Field(
        description="Or all zones that people may be in, joined by commas; unknown", examples=["America/Denver"]
    )
    hour: int = Field(ge=0, le=23)
    people: int = Field(description="Those who paused by themselves included")
    texts: int
    segments: int


class SenderDayOut(BaseModel):
    """What one sender has to do, over all of its programs."""

    sender: str
    programs: list[str]
    segments_per_second: float
    texts: int
    segments: int
    cost: float
    first_at: datetime | None = Field(description="When the first text is due")
    last_at: datetime | None = Field(description="When the last text is due")
    finish_at: datetime | None = Field(description="When the last text has gone, at this pace")
    wait_seconds: int = Field(description="How long a text waits for its turn at most")
    late: int = Field(description="Texts that would find their window over")
    fits: bool = Field(description="Whether it gets through inside of all windows")


class TextStateOut(BaseModel):
    """A text that the date needs, and whether it is there."""

    program: str
    language: str
    theme: str = Field(description="Empty: for everybody")
    people: int
    state: Literal["ready", "waiting", "missing"] = Field(description="missing: the library steps in")
    edition_id: Id | None
    text: str | None
    segments: int = Field(description="With the longest name, without the footer")


class ForecastOut(BaseModel):
    """The dry run of one local date."""

    local_date: date
    programs: list[str]
    people: int
    texts: int
    segments: int
    cost: float
    unit: str = Field(description="Of all costs", examples=["USD"])
    hours: list[HourOut]
    senders: list[SenderDayOut]
    skipped: dict[str, int] = Field(description="Who gets nothing, counted by the reason")
    needed: list[TextStateOut]
    problems: list[str] = Field(description="What would stop it")
    assumptions: list[str]


def forecast_out(found: Forecast) -> ForecastOut:
    """A dry run for JSON."""
    senders = [SenderDayOut(**asdict(each), fits=each.fits) for each in found.senders]
    return ForecastOut(**{**asdict(found), "senders": senders})
