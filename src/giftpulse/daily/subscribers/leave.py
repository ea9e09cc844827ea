"""Leaving: by a person's own word, or because their number cannot be reached. Done at once, and for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.subscribers.ledger import Consent, Kind, record
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING, SUPPRESSED, Subscriber
from giftpulse.ground.database import announce
from giftpulse.ground.settings import Settings

LEFT = "subscribers.left"
"""The announcement that somebody is texted no more."""

_FROM: dict[str, frozenset[str]] = {
    OPTED_OUT: frozenset({ACTIVE, PENDING, SUPPRESSED}),
    SUPPRESSED: frozenset({ACTIVE, PENDING}),
}
_KINDS: dict[str, Kind] = {OPTED_OUT: "opt_out", SUPPRESSED: "suppressed"}


def leave(
    session: Session,
    subscribers: Sequence[Subscriber],
    consent: Consent,
    now: datetime,
    status: Literal["opted_out", "suppressed"] = "opted_out",
) -> list[Subscriber]:
    """Text these people no more. Answers those for whom that is new; each gets a line in the ledger.

    Harmless when repeated. A person who opted out is not made one whose number fails, and an erased one stays so.
    """
    wanted = select(Subscriber).where(Subscriber.id.in_([one.id for one in subscribers])).order_by(Subscriber.id)
    locked = session.scalars(wanted.with_for_update().execution_options(populate_existing=True))
    gone = [one for one in locked if one.status in _FROM[status]]
    for one in gone:
        one.status, one.status_at, one.updated_at = status, now, now
        one.status_reason = consent.detail or f"{_KINDS[status]} by {consent.source}"
    session.flush()
    for one in gone:
        record(session, one, consent.as_kind(_KINDS[status]), now)
    if gone:
        announce(session, LEFT)
    return gone


def of_number(session: Session, phone: str) -> list[Subscriber]:
    """All subscriptions of a number (E.164), in whatever state, the oldest first."""
    return list(session.scalars(select(Subscriber).where(Subscriber.phone == phone).order_by(Subscriber.id)))


def of_sender(session: Session, phone: str, sender: str | None, settings: Settings) -> list[Subscriber]:
    """The subscriptions of a number whose program texts from this sender (a number, short code or messaging service).

    Where none does, all of them: whoever says STOP to a number that we do not know means us all the same.
    """
    found = of_number(session, phone)
    programs = select(Program).where(Program.id.in_({one.program_id for one in found}))
    theirs = {program.id for program in session.scalars(programs) if sender_of(program, settings) == sender}
    return [one for one in found if one.program_id in theirs] or found
