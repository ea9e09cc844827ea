"""What a person wrote, and what was written to them beside the daily text, as lines of a story."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.schedule.windows import Span
from giftpulse.daily.story.line import Line
from giftpulse.daily.subscribers.models import Subscriber

_MOST = 200
_REPLIED_BY = {
    "twiml": "answered at once", "rest": "answered later", "twilio": "Twilio had answered already",
    "none": "not answered",
}  # fmt: skip


def inbox_lines(session: Session, subscriber: Subscriber, during: Span) -> Iterator[Line]:
    """Texts of the person in this program, or in none that we know of."""
    theirs: ColumnElement[bool] = InboundText.subscriber_id == subscriber.id
    if subscriber.phone is not None:
        own_number = (InboundText.phone == subscriber.phone) & InboundText.subscriber_id.is_(None)
        theirs = or_(theirs, own_number)
    found = select(InboundText).where(theirs, InboundText.received_at >= during.start)
    newest = found.where(InboundText.received_at < during.end).order_by(InboundText.id.desc()).limit(_MOST)
    for row in reversed(session.scalars(newest).all()):
        alarm = "; words of danger: somebody was told" if row.danger else ""
        reply = _REPLIED_BY.get(row.reply_by, row.reply_by) + (f': "{row.reply}"' if row.reply else "")
        why = f"{row.reason}{alarm}; {reply}"
        yield Line(row.received_at, "inbox", f"wrote ({row.intent})", why, sid=row.message_sid, text=row.body)


def note_lines(session: Session, subscriber: Subscriber, during: Span) -> Iterator[Line]:
    """Notes to the person."""
    found = select(Note).where(Note.subscriber_id == subscriber.id, Note.created_at >= during.start)
    newest = found.where(Note.created_at < during.end).order_by(Note.id.desc()).limit(_MOST)
    for note in reversed(session.scalars(newest).all()):
        what = f"note {note.state}"
        purpose = note.key.partition(":")[0]
        why = f"{purpose}{f'; {note.reason}' if note.reason else ''}"
        yield Line(note.finished_at or note.send_at, "note", what, why, sid=note.sid, text=note.body)
