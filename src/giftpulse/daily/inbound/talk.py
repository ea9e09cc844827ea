"""With whom we speak: the person, the programs that they may mean, and in which language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound.hear import Heard
from giftpulse.daily.inbound.twilio_replies import twilio_replied
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.ledger import Consent, Kind
from giftpulse.daily.subscribers.models import ACTIVE, PENDING, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site


@dataclass
class Talk:
    """One text and whom it concerns.

    ``programs``: those, not deleted, that text from what was written to. ``people``: the person's subscriptions to
    any program, deleted ones too, that does; ``everywhere``: all subscriptions of the number. ``number`` None: it was
    sent from no phone number. ``late``: it was not told by a webhook as it came, so that others may have overtaken it.
    """

    session: Session
    site: Site
    text: Heard
    now: datetime
    late: bool
    number: str | None
    programs: list[Program]
    people: list[Subscriber]
    everywhere: list[Subscriber]

    @cached_property
    def twilio(self) -> str | None:
        """Why Twilio has answered already; None when it has not."""
        return twilio_replied(self.text)

    @cached_property
    def hash(self) -> bytes:
        """What recognises the number."""
        return number_hash(self.site, self.number or self.text.phone)

    @property
    def subscriber(self) -> Subscriber | None:
        """The subscription that counts: an active one before a pending one before those that are over."""
        order = {ACTIVE: 0, PENDING: 1}
        live = {program.id for program in self.programs}
        known = [one for one in self.people if one.program_id in live]
        return min(known, key=lambda one: (order.get(one.status, 2), one.id), default=None)

    @property
    def program(self) -> Program | None:
        """The program that the person is in, or else the oldest one that they may mean."""
        if (one := self.subscriber) is not None:
            return self.program_of(one)
        return self.programs[0] if self.programs else None

    @property
    def language(self) -> str:
        """What to answer in: the person's own language, or the program's."""
        own = self.subscriber.language if self.subscriber else None
        return own or (self.program.language if self.program else "en")

    def program_of(self, subscriber: Subscriber) -> Program | None:
        """The program of a subscription; None if it is not among ``programs``."""
        return next((program for program in self.programs if program.id == subscriber.program_id), None)

    def of_status(self, *statuses: str) -> list[Subscriber]:
        """The subscriptions to ``programs`` that are in one of these states."""
        live = {program.id for program in self.programs}
        return [one for one in self.people if one.status in statuses and one.program_id in live]

    def consent(self, kind: Kind, reason: str) -> Consent:
        """What this text says, as a line for the ledger."""
        text = self.text
        return Consent(
            kind=kind, source="keyword", by="the person", at=text.received_at, message_sid=text.message_sid,
            detail=reason,
        )  # fmt: skip


def meet(session: Session, site: Site, text: Heard, now: datetime, *, late: bool) -> Talk:
    """Look up whom a text concerns."""
    number = text.number
    every = session.scalars(select(Program).order_by(Program.id)).all()
    theirs = _texting_from(every, text, site.settings)
    # Locked in one order, as leave() does: what somebody says at the same moment waits for this.
    own = select(Subscriber).where(Subscriber.phone == number).order_by(Subscriber.id).with_for_update()
    people = list(session.scalars(own)) if number else []
    ids = {program.id for program in theirs}
    return Talk(
        session=session,
        site=site,
        text=text,
        now=now,
        late=late,
        number=number,
        programs=[program for program in theirs if program.deleted_at is None],
        people=[one for one in people if one.program_id in ids],
        everywhere=people,
    )


def _texting_from(programs: Iterable[Program], text: Heard, settings: Settings) -> list[Program]:
    """The programs whose sender was written to.

    A program without a sender of its own has those of the settings. Where none fits and Twilio names no messaging
    service, it is those that text from a service: which numbers are in one, we do not know.
    """
    written_to = {text.to, text.messaging_service_sid}
    default = {settings.twilio_messaging_service_sid, settings.twilio_from_number} - {None}
    senders = [(program, {program.sender} if program.sender else default) for program in programs]
    found = [program for program, theirs in senders if theirs & written_to]
    if found or text.messaging_service_sid is not None:
        return found
    return [program for program, theirs in senders if any(sender and sender.startswith("MG") for sender in theirs)]
