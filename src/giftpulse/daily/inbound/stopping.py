"""STOP: obeyed at once, for whatever the person has from whoever they wrote to, and remembered of strangers too."""

from collections.abc import Sequence

from sqlalchemy import or_, select, update

from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.keywords import Intent
from giftpulse.daily.inbound.last_word import came_since
from giftpulse.daily.inbound.said import Said
from giftpulse.daily.inbound.talk import Talk
from giftpulse.daily.outbox.models import PLANNED, SKIPPED, Note
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import record_number, strangers_who_left
from giftpulse.daily.subscribers.models import Subscriber


def stop(talk: Talk, intent: Intent) -> Said:
    """End all subscriptions of the sender that was written to; where it has none, all of the number.

    It is confirmed once. A stranger's STOP is kept in the ledger, so that no import can bring the number in.
    """
    if talk.number is None:
        return Said(None, f"{intent.reason}; it comes from no phone number")
    concerned = talk.people or talk.everywhere
    if not concerned:
        return _stranger(talk, intent)
    leaving = [one for one in concerned if not came_since(talk, one.program_id)]
    if not leaving:
        return Said(None, f"{intent.reason}; they have joined again since", _program(talk, concerned), concerned[0])
    gone = leave(talk.session, leaving, talk.consent("opt_out", intent.reason), talk.now)
    _hush(talk, leaving)
    program = _program(talk, gone or leaving)
    if not gone:
        return Said(None, f"{intent.reason}; they had left already", program, leaving[0])
    return Said(_confirmation(program, _language(gone[0], program)), intent.reason, program, gone[0])


def _stranger(talk: Talk, intent: Intent) -> Said:
    assert talk.number is not None, "strangers are known by their number"
    program = talk.program
    erased = select(Subscriber.id).where(Subscriber.number_hash == talk.hash).limit(1)
    if talk.session.scalar(erased) or strangers_who_left(talk.session, [talk.hash]):
        return Said(None, f"{intent.reason}; we knew already", program)
    consent = talk.consent("opt_out", intent.reason)
    record_number(talk.session, talk.hash, talk.number, consent, talk.now, program.id if program else None)
    _hush(talk, ())
    return Said(_confirmation(program, talk.language), f"{intent.reason}; they are no subscriber", program)


def _hush(talk: Talk, people: Sequence[Subscriber]) -> None:
    """Nothing that waits in the outbox for them goes out any more; daily texts are looked at once more by the gate."""
    ours = Note.sender.in_([talk.text.to, talk.text.messaging_service_sid or talk.text.to])
    theirs = Note.program_id.in_([one.program_id for one in people])
    waiting = update(Note).where(Note.phone == talk.number, Note.state == PLANNED, or_(ours, theirs))
    talk.session.execute(waiting.values(state=SKIPPED, reason="the person said STOP", finished_at=talk.now))


def _confirmation(program: Program | None, language: str) -> str | None:
    if program is None or program.deleted_at is not None:
        return None
    return wording.stopped(program, language, program.join_keyword or "START")


def _program(talk: Talk, people: Sequence[Subscriber]) -> Program | None:
    return talk.session.get(Program, people[0].program_id)


def _language(one: Subscriber, program: Program | None) -> str:
    return one.language or (program.language if program else "en")
