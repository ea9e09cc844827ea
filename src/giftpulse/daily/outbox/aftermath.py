"""What an outcome means beyond its own row: people opt out or are suppressed, senders and the account are held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import consequences
from giftpulse.daily.outbox.consequences import Consequence
from giftpulse.daily.outbox.follow import Moved
from giftpulse.daily.outbox.models import DELIVERED, FAILED, UNDELIVERED, Delivery
from giftpulse.daily.outbox.of_person import of_person
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, ConsentEvent, Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.settings import Settings

_CAME = ("opt_in", "confirmed", "return")


@dataclass(frozen=True, slots=True)
class Failure:
    """A text that failed, with Twilio's code. ``sid`` None: it was refused at once."""

    program_id: int
    subscriber_id: int
    sid: str | None
    code: int | None


def apply_moved(session: Session, settings: Settings, moved: Sequence[Moved], now: datetime) -> None:
    """The aftermath of deliveries that came to an end."""
    arrived = [each.subscriber_id for each in moved if each.state == DELIVERED]
    if arrived:
        reset = update(Subscriber).where(bulk.among(session, Subscriber.id, arrived), Subscriber.failures > 0)
        session.execute(reset.values(failures=0, failure_code=None))
    failed = [each for each in moved if each.state in (UNDELIVERED, FAILED)]
    failures = [Failure(each.program_id, each.subscriber_id, each.sid, each.error_code) for each in failed]
    apply(session, settings, failures, now)


def apply(session: Session, settings: Settings, failures: Iterable[Failure], now: datetime) -> None:
    """The aftermath of failures, whether at the request or later."""
    known = [(failure, consequences.of(failure.code)) for failure in failures]
    ids = {failure.subscriber_id for failure, what in known if what.kind in ("opt_out", "suppress")}
    people: dict[int, Subscriber] = {}
    if ids:
        found = select(Subscriber).where(bulk.among(session, Subscriber.id, ids)).order_by(Subscriber.id)
        people = {person.id: person for person in session.scalars(found.with_for_update())}
    for failure, what in known:
        if what.kind in ("hold_all", "hold_sender"):
            _hold(session, settings, failure, what, now)
        elif (person := people.get(failure.subscriber_id)) is not None:
            _person(session, person, failure, what, now)


def _person(session: Session, person: Subscriber, failure: Failure, what: Consequence, now: datetime) -> None:
    if what.kind == "opt_out":
        if person.status == OPTED_OUT or _is_old_news(session, failure):
            return
        told = f"Twilio says they have opted out ({what.reason})"
        consent = Consent(kind="opt_out", source="twilio", by="Twilio", at=now, message_sid=failure.sid, detail=told)
        leave(session, [person], consent, now)
        return
    person.failures = min(person.failures + 1, 1000)
    person.failure_code = failure.code
    if person.failures >= what.after and person.status == ACTIVE:
        times = "" if what.after == 1 else f", {person.failures} times in a row"
        told = f"the number cannot be reached ({what.reason}{times})"
        consent = Consent(
            kind="suppressed", source="delivery", by="delivery", at=now, message_sid=failure.sid, detail=told
        )
        leave(session, [person], consent, now, status="suppressed")


def _is_old_news(session: Session, failure: Failure) -> bool:
    """Whether the person came back after the text was handed over that Twilio would not take to them: what it said then
    of their opt-out is over. A text that we do not know counts."""
    if failure.sid is not None:
        asked = select(Delivery.posted_at).where(Delivery.sid == failure.sid)
    else:  # just refused, and their newest one
        theirs = of_person(failure.subscriber_id).where(Delivery.error_code == failure.code).subquery()
        asked = select(func.max(theirs.c.posted_at))
    posted_at = session.scalar(asked.limit(1))
    if posted_at is None:
        return False
    back = select(ConsentEvent.id).where(
        ConsentEvent.subscriber_id == failure.subscriber_id,
        ConsentEvent.kind.in_(_CAME),
        ConsentEvent.at > posted_at,
    )
    return session.scalar(back.limit(1)) is not None


def _hold(session: Session, settings: Settings, failure: Failure, what: Consequence, now: datetime) -> None:
    if what.kind == "hold_all":
        holds.hold(session, "all", "account", what.reason, now)
        return
    program = session.get_one(Program, failure.program_id)
    sender = sender_of(program, settings)
    holds.hold(session, f"sender:{sender}", "sender", what.reason, now, what.until(now))
