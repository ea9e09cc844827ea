"""Asking people who signed up on the page whether it was they: the second half of a double opt-in."""

from datetime import timedelta

from giftpulse.daily.inbound import wording
from giftpulse.daily.outbox import notes
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.subscribers.asking import asked, pending_to_ask
from giftpulse.ground import clock
from giftpulse.ground.site import Site

AT_ONCE = 200

_WORTH_ASKING = timedelta(hours=1)
"""A question that arrives later than this is a surprise and no answer to anything."""


def ask(site: Site) -> bool:
    """Write the question for those who wait for it. True when more are waiting."""
    with site.database.begin() as session:
        now = clock.now()
        waiting = session.scalars(pending_to_ask(AT_ONCE).with_for_update(skip_locked=True)).all()
        for person in waiting:
            program = session.get_one(Program, person.program_id)
            sender = sender_of(program, site.settings)
            if sender is None or person.phone is None:
                continue
            question = wording.ask(program, person.language or program.language)
            notes.write(
                session,
                key=f"ask:{person.id}:{int(person.status_at.timestamp())}",
                sender=sender,
                phone=person.phone,
                body=question,
                now=now,
                expires=_WORTH_ASKING,
                program_id=program.id,
                subscriber_id=person.id,
            )
            asked(session, person, question, now)
    return len(waiting) == AT_ONCE
