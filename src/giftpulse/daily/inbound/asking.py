"""Asking people who signed up on the page whether it was they: the second half of a double opt-in.

Once: but a question that never went is asked again, and while somebody's program is held, none is written that would
only grow old. In a copy of an installation, those who signed up before it was made were asked by the other one, or are;
whoever of them is still pending when that is remembered no more (``programs/holds.py``) is asked here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.asking_hours import open_until
from giftpulse.daily.outbox import notes, questions
from giftpulse.daily.outbox.plan import people_of
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Hold, Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.subscribers.asking import asked, pending_to_ask
from giftpulse.daily.subscribers.models import PENDING, Audience, Subscriber
from giftpulse.ground import bulk, clock
from giftpulse.ground.site import Site

AT_ONCE = 200

MOST_WAITING = 500
"""Questions in the outbox at a time: what cannot be sent soon is better not written yet than written in vain."""

_WORTH_ASKING = timedelta(hours=1)
"""A question that arrives later than this is a surprise and no answer to anything."""


@dataclass(frozen=True, slots=True)
class _Open:
    """What a question to the people of one audience needs. ``after``: when those that wait before it go."""

    program: Program
    sender: str
    until: datetime
    after: datetime


def ask(site: Site) -> bool:
    """Write the question for those who wait for it and may be texted at this hour. True when more are waiting."""
    with site.database.begin() as session:
        now = clock.now()
        room = min(AT_ONCE, MOST_WAITING - notes.questions_waiting(session)[0])
        standing = holds.standing(session, now)
        open_now = _open_now(session, site, standing.holds, now)
        if room <= 0 or not open_now:
            return False
        may_be_asked = pending_to_ask(room, questions.asked_in_vain())
        may_be_asked = may_be_asked.where(bulk.among(session, Subscriber.audience_id, open_now))
        if standing.copied is not None:
            may_be_asked = may_be_asked.where(Subscriber.status_at > standing.copied.made)
        waiting = session.scalars(may_be_asked.with_for_update(skip_locked=True, of=Subscriber)).all()
        keys = questions.next_keys(session, waiting)  # with them locked: others may have asked since we looked
        for person in waiting:
            if key := keys.get(person.id):
                _ask(session, person, key, open_now[person.audience_id], now)
    return len(waiting) == room


def _open_now(session: Session, site: Site, held: Sequence[Hold], now: datetime) -> dict[int, _Open]:
    """The audiences with pending people who may be asked now. A program that has no sender, or is held, asks nobody."""
    pending = select(Subscriber.audience_id).where(Subscriber.status == PENDING)
    theirs = select(Audience, Program).join(Program, Program.id == Audience.program_id)
    found, after = dict[int, _Open](), dict[str, datetime]()
    for audience, program in session.execute(theirs.where(Audience.id.in_(pending), Program.deleted_at.is_(None))):
        sender, until = sender_of(program, site.settings), open_until(people_of(audience, program), now)
        if sender is None or until is None or holds.holding(held, program, site.settings):
            continue
        if sender not in after:
            after[sender] = max(now, notes.questions_waiting(session, sender)[1] or now)
        found[audience.id] = _Open(program, sender, until, after[sender])
    return found


def _ask(session: Session, person: Subscriber, key: str, at: _Open, now: datetime) -> None:
    assert person.phone is not None, "who is pending has a number"
    question = wording.ask(at.program, person.language or at.program.language)
    notes.write(
        session,
        key=key,
        sender=at.sender,
        phone=person.phone,
        body=question,
        now=now,
        expires=min(_WORTH_ASKING, at.until - now),
        program_id=at.program.id,
        subscriber_id=person.id,
        send_at=at.after,
    )
    asked(session, person, question, now)
