"""Daily texts in JSON: one for each person and local date, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from giftpulse.daily.outbox.models import Delivery, DeliveryEvent, Note
from giftpulse.daily.programs.fields import Date, Line
from giftpulse.ground.access import Role
from giftpulse.ground.paging import Id, Paging
from giftpulse.ground.phone import mask, mask_all
from giftpulse.logs.entry import MICROS
from giftpulse.logs.schemas import ChangeOut, ErrorMeaning, meaning_of

State = Literal[
    "planned", "posting", "unknown", "accepted", "sent", "delivered", "undelivered", "failed", "skipped"
]  # fmt: skip

LARGEST_CODE = 999_999
"""Of Twilio's error codes; they have five digits."""

SidText = Annotated[Line, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]


class MessageQuery(Paging):
    """Which texts to list. All given conditions must hold."""

    program_id: Id | None = None
    subscriber_id: Id | None = None
    state: State | None = None
    local_date: Date | None = Field(None, description="The date where the person is, such as 2026-11-20")
    error_code: int | None = Field(None, ge=1, le=LARGEST_CODE)
    sid: SidText | None = Field(None, max_length=64, description="The SID of Twilio's message")


class MessageOut(BaseModel):
    """The text of one person for one local date."""

    id: Id
    program_id: Id
    subscriber_id: Id
    phone: str | None = Field(description="null after an erasure; masked for tokens that may only read")
    local_date: date
    state: State
    reason: str | None = Field(description="Why it is in this state, where that is not plain")
    send_at: datetime = Field(description="When it is to go, or was")
    window_end: datetime = Field(description="After this it is worth nothing")
    attempts: int = Field(description="Requests to Twilio, this one included")
    posted_at: datetime | None
    finished_at: datetime | None
    edition_id: Id | None
    sid: str | None
    status: str | None = Field(description="Twilio's own word", examples=["undelivered"])
    error_code: int | None
    error: ErrorMeaning | None
    segments: int | None = Field(description="By our own count, before it was sent")
    billed_segments: int | None = Field(description="By Twilio's")
    price: float | None
    price_unit: str | None


class EventOut(BaseModel):
    """Something out of the ordinary that happened to a text."""

    at: datetime
    what: str
    why: str


class MessageDetail(MessageOut):
    """One text with all that is known of it."""

    text: str | None = Field(description="The edition, with its placeholders")
    events: list[EventOut]
    history: list[ChangeOut] = Field(description="What Twilio said of the message, the oldest first")


class NoteOut(BaseModel):
    """A text beside the daily one: a question, a welcome, an answer."""

    id: Id
    program_id: Id | None
    phone: str | None
    sender: str
    body: str | None
    state: str
    reason: str | None
    sid: str | None
    created_at: datetime
    finished_at: datetime | None


_OF_MESSAGE = tuple(name for name in MessageOut.model_fields if name not in ("phone", "reason", "error", "price"))


def message_out(row: Delivery, phone: str | None, role: Role = "admin") -> MessageOut:
    """A text for JSON."""
    admin = role == "admin"
    return MessageOut(
        **{name: getattr(row, name) for name in _OF_MESSAGE},
        reason=row.reason if admin or row.reason is None else mask_all(row.reason),
        phone=phone if admin or phone is None else mask(phone),
        error=meaning_of(row.error_code),
        price=None if row.price_micros is None else row.price_micros / MICROS,
    )


def event_out(event: DeliveryEvent, role: Role = "admin") -> EventOut:
    """An event for JSON. Twilio's own words may name a number."""
    return EventOut(at=event.at, what=event.what, why=event.why if role == "admin" else mask_all(event.why))


def note_out(note: Note, role: Role = "admin") -> NoteOut:
    """A note for JSON."""
    shown = {name: getattr(note, name) for name in NoteOut.model_fields}
    if role != "admin":
        shown["phone"] = None if note.phone is None else mask(note.phone)
        shown["reason"] = None if note.reason is None else mask_all(note.reason)
    return NoteOut(**shown)
