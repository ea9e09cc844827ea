"""Stories of people in JSON."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from giftpulse.daily.programs.fields import Date
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.schemas import SubscriberOut, subscriber_out
from giftpulse.daily.why import Chapter
from giftpulse.ground.access import Role
from giftpulse.ground.paging import Id
from giftpulse.ground.phone import mask_all


class OnDate(BaseModel):
    """Of which local date."""

    date: Date | None = Field(None, description="A local date such as 2026-11-20")


class LineOut(BaseModel):
    """One line of a story."""

    at: datetime
    about: Literal["consent", "day", "hold", "text", "twilio", "inbox", "note"]
    what: str
    why: str
    local_date: date | None = Field(description="Of the daily text that it is about")
    message_id: Id | None
    sid: str | None
    text: str | None = Field(description="Words that were sent or written")


class ProgramName(BaseModel):
    """A program by name."""

    id: Id
    name: str


class StoryOut(BaseModel):
    """Everything of one person in one program, in order."""

    subscriber: SubscriberOut
    program: ProgramName
    dates: list[date] = Field(description="The local dates that are told; the consent ledger is told whole")
    lines: list[LineOut]


def story_out(chapter: Chapter, role: Role = "admin") -> StoryOut:
    """A chapter for JSON. Whoever may only read sees no numbers, wherever they stand."""
    return StoryOut(
        subscriber=subscriber_out(chapter.subscriber, role),
        program=ProgramName(id=chapter.program.id, name=chapter.program.name),
        dates=list(chapter.dates),
        lines=[_line_out(line, role) for line in chapter.lines],
    )


def _line_out(line: Line, role: Role) -> LineOut:
    shown = {name: getattr(line, name) for name in LineOut.model_fields}
    if role != "admin":
        why = line.why if line.about != "consent" else line.why.partition("; from ")[0]
        shown |= {"why": mask_all(why), "text": None if line.text is None else mask_all(line.text)}
    return LineOut(**shown)
