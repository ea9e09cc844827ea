"""Questions whether it was they who signed up, in the outbox: who was asked in vain, and may be asked again."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from giftpulse.daily.outbox.gate import COPIED
from giftpulse.daily.outbox.models import SKIPPED, Note
from giftpulse.daily.outbox.notes import OF_NO_USE, QUESTION
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk

_IN_VAIN = (OF_NO_USE, COPIED)
"""Why a question was skipped without a word of the person: it may be asked again. Twilio never had it."""


def asked_in_vain() -> ColumnElement[bool]:
    """Of a subscriber: whether the last question to them never went."""
    last = aliased(Note)
    newest = select(func.max(last.id)).where(last.subscriber_id == Subscriber.id, last.key.startswith(QUESTION))
    never_went = exists().where(Note.state == SKIPPED, Note.reason.in_(_IN_VAIN))
    return never_went.where(Note.id == newest.correlate(Subscriber).scalar_subquery())


def next_keys(session: Session, signed_up: Iterable[Subscriber]) -> dict[int, str]:
    """The key of the next question to each of these people, whom the caller has locked; none to whom one has gone, or
    waits to go, since they signed up."""
    people = list(signed_up)
    theirs = select(Note.subscriber_id, Note.key, Note.state, Note.reason).where(
        bulk.among(session, Note.subscriber_id, [person.id for person in people]), Note.key.startswith(QUESTION)
    )
    in_vain: dict[int, dict[str, bool]] = {}
    for note in session.execute(theirs):
        in_vain.setdefault(note.subscriber_id, {})[note.key] = note.state == SKIPPED and note.reason in _IN_VAIN
    keys = {}
    for person in people:
        first = f"{QUESTION}{person.id}:{int(person.status_at.timestamp())}"
        known = in_vain.get(person.id, {})
        since = [vain for key, vain in known.items() if key == first or key.startswith(f"{first}:")]
        if all(since):
            keys[person.id] = f"{first}:{len(since) + 1}" if since else first
    return keys
