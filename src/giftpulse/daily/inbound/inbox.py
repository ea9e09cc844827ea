"""The inbox: what people wrote, for people to read, answer and be done with."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.schemas import InboxQuery
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.subscribers.leave import of_number
from giftpulse.daily.subscribers.ledger import strangers_who_left
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.access import Role, may_name_numbers
from giftpulse.ground.errors import ConflictError, NotFoundError
from giftpulse.ground.site import Site

_EXPIRES = timedelta(hours=1)

_GONE = "this person is not known any more; there is nobody to answer"
_LEFT = "this person has opted out; nothing may be sent until they come back by themselves"


def listed(query: InboxQuery, role: Role = "admin") -> Select[InboundText]:
    """The texts that a query asks for. Raises ForbiddenError for a number, to those who may see none."""
    statement = select(InboundText)
    for name in ("program_id", "subscriber_id", "danger", "intent", "sentiment"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(InboundText, name) == value)
    if query.handled is not None:
        is_open = InboundText.handled_at.is_(None)
        statement = statement.where(~is_open if query.handled else is_open)
    if query.phone:
        may_name_numbers(role, "phone")
        # A bare + in a query string is a space, and was taken away.
        phone = query.phone if query.phone.startswith("+") else f"+{query.phone}"
        statement = statement.where(InboundText.phone == phone)
    return statement


def get(session: Session, text_id: int, *, lock: bool = False) -> InboundText:
    """One text. Raises NotFoundError."""
    statement = select(InboundText).where(InboundText.id == text_id)
    row = session.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFoundError(f"there is no text {text_id} in the inbox")
    return row


def handle(session: Session, text_id: int, by: str, now: datetime) -> InboundText:
    """Be done with a text. Harmless when repeated: the first one counts."""
    row = get(session, text_id, lock=True)
    if row.handled_at is None:
        row.handled_at, row.handled_by = now, by
    session.flush()
    return row


def reply(session: Session, site: Site, text_id: int, body: str, by: str, now: datetime) -> Note:
    """Answer a text by a note of the outbox, and be done with it. Raises ConflictError for people who have opted out
    or were erased, and for the very same answer once more."""
    row = handle(session, text_id, by, now)
    if row.phone is None:
        raise ConflictError(_GONE)
    if _has_left(session, site, row.phone, row.program_id):
        raise ConflictError(_LEFT)
    key = f"inbox:{row.id}:{hashlib.sha256(body.encode()).hexdigest()[:16]}"
    is_new = notes.write(
        session,
        key=key,
        sender=row.sender,
        phone=row.phone,
        body=body,
        now=now,
        expires=_EXPIRES,
        program_id=row.program_id,
        subscriber_id=row.subscriber_id,
    )
    if not is_new:
        raise ConflictError("this very reply was given already")
    if row.reply is None and site.settings.store_bodies:
        row.reply, row.reply_by = body, "rest"
    session.flush()
    return session.scalars(select(Note).where(Note.key == key)).one()


def _has_left(session: Session, site: Site, phone: str, program_id: int | None) -> bool:
    """Whether a person wants nothing from the program that they wrote to, or from any if they wrote to none."""
    known = of_number(session, phone)
    if not known:
        return bool(strangers_who_left(session, [number_hash(site, phone)]))
    statuses = {one.status for one in known if one.program_id == program_id} or {one.status for one in known}
    return OPTED_OUT in statuses and not {ACTIVE, PENDING} & statuses
