"""Who wants no texts at this moment, asked for people who are to be texted beside their daily text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING, ConsentEvent, Subscriber

Addressee = tuple[str, int | None]
"""A number, and the program that a text to it is about; None for none."""


@dataclass(frozen=True, slots=True)
class Departure:
    """When somebody left, by our clock, and how."""

    at: datetime
    reason: str


def departures(session: Session, addressees: Iterable[Addressee]) -> dict[Addressee, Departure]:
    """Those of these people who have opted out: of the program in question, or of all that they had where they never
    were in it. Whoever was no subscriber counts when they said STOP all the same."""
    asked = set(addressees)
    phones = sorted({phone for phone, _ in asked})
    if not phones:
        return {}
    known: dict[str, list[Any]] = {}
    theirs = select(
        Subscriber.phone, Subscriber.program_id, Subscriber.status, Subscriber.status_at, Subscriber.status_reason
    )
    for row in session.execute(theirs.where(Subscriber.phone.in_(phones))):
        known.setdefault(row.phone, []).append(row)
    strangers = _strangers(session, [phone for phone in phones if phone not in known])
    found = {(phone, of): _departure(known[phone], of) for phone, of in asked if phone in known}
    left = {one: departure for one, departure in found.items() if departure is not None}
    return left | {(phone, of): strangers[phone] for phone, of in asked if phone in strangers}


def _departure(subscriptions: Sequence[Any], program_id: int | None) -> Departure | None:
    theirs = [one for one in subscriptions if one.program_id == program_id] or subscriptions
    if any(one.status in (ACTIVE, PENDING) for one in theirs):
        return None
    left = [Departure(one.status_at, one.status_reason) for one in theirs if one.status == OPTED_OUT]
    return max(left, key=lambda one: one.at, default=None)


def _strangers(session: Session, phones: Sequence[str]) -> dict[str, Departure]:
    """Lines of nobody's subscription are few, and have an index by that."""
    stopped = ConsentEvent.subscriber_id.is_(None) & (ConsentEvent.kind == "opt_out") & ConsentEvent.phone.in_(phones)
    newest = select(ConsentEvent.phone, func.max(ConsentEvent.recorded_at).label("at")).where(stopped)
    found = session.execute(newest.group_by(ConsentEvent.phone)) if phones else ()
    return {row.phone: Departure(row.at, "they are no subscriber, and said STOP") for row in found}
