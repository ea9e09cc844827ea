"""The consent ledger: who agreed to what, when and how, and every change of it. Lines are only ever added."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber

Kind = Literal["requested", "opt_in", "confirmed", "opt_out", "return", "suppressed", "erased"]
Source = Literal["keyword", "form", "import", "api", "twilio", "delivery"]

OWN_ACT = frozenset({"keyword", "twilio"})
"""Sources that are surely the person themselves. Nobody else brings back a person who has left; anybody can fill in a
form with somebody else's number."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing that was said about a person's consent.

    ``at``: when it was said. ``by``: the token, file or person that says so. ``message_sid``: the text that says it.
    ``ip`` and ``user_agent``: of the browser. ``wording``: exactly what the person was shown, and
    ``wording_version`` which one of ours that is; by default its hash.
    """

    kind: Kind
    source: Source
    by: str
    at: datetime
    message_sid: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    wording: str | None = None
    wording_version: str | None = None
    detail: str = ""

    def as_kind(self, kind: Kind) -> "Consent":
        """The same, as a line of another kind."""
        return replace(self, kind=kind)

    @property
    def version(self) -> str | None:
        """``wording_version``, or the hash of the wording; None where there is neither."""
        return self.wording_version or (wording_version(self.wording) if self.wording else None)


def wording_version(wording: str) -> str:
    """A short name for an exact wording: another comma gives another name."""
    return hashlib.sha256(wording.encode()).hexdigest()[:12]


def record(session: Session, subscriber: Subscriber, consent: Consent, now: datetime) -> ConsentEvent:
    """Add a line about a subscriber. They must have an id."""
    line = _line(consent, subscriber.number_hash, subscriber.phone, now)
    line.program_id, line.subscriber_id = subscriber.program_id, subscriber.id
    session.add(line)
    session.flush()
    return line


def record_number(
    session: Session, number_hash: bytes, phone: str, consent: Consent, now: datetime, program_id: int | None = None
) -> ConsentEvent:
    """Add a line about a number that is nobody's subscription, such as a STOP from a stranger."""
    line = _line(consent, number_hash, phone, now)
    line.program_id = program_id
    session.add(line)
    session.flush()
    return line


def lines_of(subscriber: Subscriber) -> Select[ConsentEvent]:
    """All lines about a subscriber."""
    return select(ConsentEvent).where(ConsentEvent.subscriber_id == subscriber.id)


def strangers_who_left(session: Session, hashes: Iterable[bytes]) -> set[bytes]:
    """Which of these numbers said STOP when they were no subscription of ours, and nothing else since."""
    last = select(func.max(ConsentEvent.id)).where(ConsentEvent.number_hash.in_(list(hashes)))
    newest = ConsentEvent.id.in_(last.group_by(ConsentEvent.number_hash))
    left = ConsentEvent.subscriber_id.is_(None) & (ConsentEvent.kind == "opt_out")
    return set(session.scalars(select(ConsentEvent.number_hash).where(newest, left)))


def _line(consent: Consent, number_hash: bytes, phone: str | None, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        number_hash=number_hash,
        phone=phone,
        at=consent.at,
        recorded_at=now,
        kind=consent.kind,
        source=consent.source,
        by=consent.by,
        message_sid=consent.message_sid,
        ip=consent.ip,
        user_agent=consent.user_agent,
        wording=consent.wording,
        wording_version=consent.version,
        detail=consent.detail,
    )
