"""The join keyword, YES and START: coming in, confirming, and coming back."""

from collections.abc import Callable
from dataclasses import replace

from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.hear import Heard
from giftpulse.daily.inbound.keywords import Intent, says_yes
from giftpulse.daily.inbound.last_word import is_blocked, left_since
from giftpulse.daily.inbound.said import Said
from giftpulse.daily.inbound.talk import Talk
from giftpulse.daily.inbound.twilio_replies import unblocks
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import change, places
from giftpulse.daily.subscribers import join as joins
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING, SUPPRESSED, Subscriber
from giftpulse.daily.subscribers.places import Place

_LEFT_SINCE = "they have left since"
_PLAIN = frozenset({"START", "UNSTOP"})


def join(talk: Talk, intent: Intent) -> Said:
    """Take the person into the program of the keyword. Where Twilio blocks them, only the word START helps: a welcome
    would not reach them."""
    program = next(program for program in talk.programs if program.join_keyword == intent.value)
    if talk.number is None or left_since(talk):
        why = "it comes from no phone number" if talk.number is None else _LEFT_SINCE
        return Said(None, f"{intent.reason}; {why}", program)
    known = next((one for one in talk.people if one.program_id == program.id), None)
    language = (known.language if known else None) or program.language
    if not unblocks(talk.text) and is_blocked(talk, program):
        reason = f"{intent.reason}; but Twilio blocks them until they text START"
        return Said(wording.say_start(program, language), reason, program, known)
    consent, place = talk.consent("opt_in", intent.reason), None if known else _hint(talk.text)
    done = joins.join(talk.session, talk.site, program, talk.number, consent, talk.now, place=place)
    say = wording.already if done.outcome == "already" else wording.welcome
    return Said(say(program, language), f"{intent.reason}: {done.outcome}", program, done.subscriber)


def start(talk: Talk, intent: Intent) -> Said:
    """YES of a pending person confirms, and nothing else: it is an answer. START brings back whoever left, if it is a
    START that Twilio heard too; so does a YES where there is nothing else that it could be about."""
    program, pending = talk.program, talk.of_status(PENDING)
    gone = talk.of_status(OPTED_OUT, SUPPRESSED)
    if says_yes(talk.text.body) and talk.of_status(PENDING, ACTIVE):
        gone = []
    if (pending or gone) and left_since(talk):
        return Said(None, f"{intent.reason}; {_LEFT_SINCE}", program, talk.subscriber)
    if gone and unblocks(talk.text):
        for one in gone:
            _come_back(talk, one, intent)
    if pending:
        return _confirm(talk, pending, intent)
    if gone and unblocks(talk.text):
        return _told(talk, gone[0], wording.welcome, f"{intent.reason}: returned")
    if active := talk.of_status(ACTIVE):
        if talk.text.body.strip().upper() in _PLAIN:
            return _go_on(talk, active, intent)
        # "Yes!" of somebody whose texts ask them things.
        return Said(None, f"{intent.reason}: they are active already", program, active[0], for_people=True)
    if gone:
        return _told(talk, gone[0], wording.say_start, f"{intent.reason}; Twilio unblocks for START alone")
    if program is None or talk.number is None:
        return Said(None, f"{intent.reason}; there is no program behind this", for_people=program is None)
    return Said(wording.not_joined(program, talk.language), f"{intent.reason}; they are no subscriber", program)


def _confirm(talk: Talk, pending: list[Subscriber], intent: Intent) -> Said:
    for one in pending:
        joins.confirm(talk.session, one, talk.consent("confirmed", intent.reason), talk.now)
    said = _told(talk, pending[0], wording.welcome, f"{intent.reason}: confirmed")
    # Whether Twilio answers a YES to which it had nothing to undo or not: ours names program, frequency and rates.
    return replace(said, all_the_same=not talk.text.opt_out_type)


def _go_on(talk: Talk, active: list[Subscriber], intent: Intent) -> Said:
    """START of somebody who is in: it ends their pause, if they have one."""
    resting = [one for one in active if one.paused_until is not None and one.paused_until > talk.now]
    for one in resting:
        change.resume(talk.session, one, talk.now)
    if resting:
        return _told(talk, resting[0], wording.resumed, f"{intent.reason}: their pause is over")
    return _told(talk, active[0], wording.already, f"{intent.reason}: they are active already")


def _come_back(talk: Talk, one: Subscriber, intent: Intent) -> None:
    program = talk.program_of(one)
    assert program is not None, "of_status answers people of these programs only"
    assert one.phone is not None, "they were found by their number"
    joins.join(talk.session, talk.site, program, one.phone, talk.consent("return", intent.reason), talk.now)


def _told(talk: Talk, one: Subscriber, say: Callable[[Program, str], str], reason: str) -> Said:
    program = talk.program_of(one)
    assert program is not None, "of_status answers people of these programs only"
    return Said(say(program, one.language or program.language), reason, program, one)


def _hint(text: Heard) -> Place | None:
    """Where Twilio says that the number was issued; only asked where the number itself tells us no place."""
    if places.from_number(text.number or text.phone).zones:
        return None
    for said, read in ((text.from_zip, places.from_zip), (text.from_state, places.from_state)):
        try:
            if said:
                return replace(read(said), source="number")
        except ValueError:  # a place of another country
            continue
    return None
