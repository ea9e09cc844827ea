"""The inbox in JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.programs.fields import Line, Lines
from giftpulse.ground.access import Role
from giftpulse.ground.paging import Id, Paging
from giftpulse.ground.phone import mask

IntentName = Literal["stop", "start", "help", "join", "pause", "resume", "time", "zone", "name", "other"]
SentimentName = Literal["positive", "neutral", "negative"]
MOST_LETTERS = 1600
"""What Twilio takes, https://www.twilio.com/docs/api/errors/21617 ."""

_REPLY: dict[str, Any] = {"body": "Thank you for writing! Ann will call you this afternoon."}


def _said(value: str) -> str:
    if not value:
        raise ValueError("expected a text that is not blank")
    return value


class InboxQuery(Paging):
    """Which texts to list. All given conditions must hold."""

    program_id: Id | None = None
    subscriber_id: Id | None = None
    danger: bool | None = Field(None, description="true: whose writer may be in danger")
    handled: bool | None = Field(None, description="false: what still waits for a person")
    intent: IntentName | None = None
    sentiment: SentimentName | None = None
    phone: Line | None = Field(None, max_length=40, description="Exactly this number")


class InboundOut(BaseModel):
    """One text that somebody sent us, and what came of it."""

    id: Id
    message_sid: str
    program_id: Id | None
    subscriber_id: Id | None
    phone: str | None = Field(description="null after an erasure; masked for tokens that may only read")
    sender: str = Field(description="What was written to")
    received_at: datetime
    body: str | None = Field(description="null once retention has removed it, or if bodies are not stored")
    intent: IntentName
    reason: str = Field(description="Why it was understood so, and what was done")
    sentiment: SentimentName
    danger: bool
    reply: str | None
    reply_by: str = Field(description="twiml, rest, twilio (it had answered itself) or none")
    handled_at: datetime | None = Field(description="null while it waits for a person")
    handled_by: str | None


class HandledIn(BaseModel):
    """Who was done with it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": "Ana"}]})

    by: Line = Field("", max_length=100, description="Who; by default the kind of token")


class ReplyIn(BaseModel):
    """What to reply."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_REPLY]})

    body: Annotated[Lines, AfterValidator(_said), Field(min_length=1, max_length=MOST_LETTERS)]


class ReplyOut(BaseModel):
    """A reply on its way."""

    id: Id
    body: str
    state: str = Field(examples=["planned"])
    send_at: datetime
    expires_at: datetime = Field(description="When it is dropped, if it could not be sent by then")


def inbound_out(row: InboundText, role: Role = "admin") -> InboundOut:
    """A text for JSON."""
    shown = {name: getattr(row, name) for name in InboundOut.model_fields}
    if role != "admin" and row.phone is not None:
        shown["phone"] = mask(row.phone)
    return InboundOut(**shown)


def reply_out(note: Note) -> ReplyOut:
    """A reply for JSON."""
    return ReplyOut(
        id=note.id, body=note.body or "", state=note.state, send_at=note.send_at, expires_at=note.expires_at
    )
