"""Which of our texts a message of Twilio's is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import Delivery, Note
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import Subscriber


@dataclass(frozen=True, slots=True)
class Ours:
    """A text of ours: a ``daily`` one, or a ``note`` beside it. ``predicted`` and ``billed`` are segments, by our own
    count and by Twilio's."""

    kind: str
    id: int
    person: str | None
    subscriber_id: int | None
    program: str | None
    state: str
    reason: str | None
    attempts: int
    local_date: date | None = None
    edition_id: int | None = None
    predicted: int | None = None
    billed: int | None = None


def of_message(session: Session, sid: str) -> Ours | None:
    """The text that Twilio knows by this SID; None for a message that is none of ours."""
    row = session.scalar(select(Delivery).where(Delivery.sid == sid).limit(1))
    if row is not None:
        return Ours(
            "daily", row.id, _phone(session, row.subscriber_id), row.subscriber_id, _name(session, row.program_id),
            row.state, row.reason, row.attempts, row.local_date, row.edition_id, row.segments, row.billed_segments,
        )  # fmt: skip
    note = session.scalar(select(Note).where(Note.sid == sid).limit(1))
    if note is None:
        return None
    return Ours(
        "note", note.id, note.phone, note.subscriber_id, _name(session, note.program_id), note.state, note.reason,
        note.attempts,
    )  # fmt: skip


def _phone(session: Session, subscriber_id: int) -> str | None:
    return session.scalar(select(Subscriber.phone).where(Subscriber.id == subscriber_id))


def _name(session: Session, program_id: Any) -> str | None:
    return session.scalar(select(Program.name).where(Program.id == program_id))
