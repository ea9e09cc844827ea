"""Who waits to be asked whether it was they who signed up. The asking itself is done upstairs."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.ledger import Consent, record
from giftpulse.daily.subscribers.models import PENDING, ConsentEvent, Subscriber


def pending_to_ask(limit: int, asked_in_vain: ColumnElement[bool] | None = None) -> Select[Subscriber]:
    """People who are pending and were not asked since they last signed up, or in vain, the oldest first. Deleted
    programs ask nobody."""
    asked, again = aliased(ConsentEvent), aliased(ConsentEvent)
    since = exists().where(
        again.subscriber_id == Subscriber.id, again.id > asked.id, again.kind.in_(("opt_in", "return"))
    )
    answered = exists().where(asked.subscriber_id == Subscriber.id, asked.kind == "requested", ~since)
    waiting = select(Subscriber).join(Program, Program.id == Subscriber.program_id)
    to_ask = or_(~answered, false() if asked_in_vain is None else asked_in_vain)
    waiting = waiting.where(Subscriber.status == PENDING, Program.deleted_at.is_(None), to_ask)
    return waiting.order_by(Subscriber.id).limit(limit)


def asked(
    session: Session, subscriber: Subscriber, wording: str, now: datetime, message_sid: str | None = None
) -> None:
    """Note that a person was asked, in what words."""
    consent = Consent("requested", "api", "GiftPulse", now, message_sid=message_sid, wording=wording)
    record(session, subscriber, consent, now)
