"""What people wish for their texts: a rest, another time of day, another place, another name."""

from datetime import timedelta

from giftpulse.daily.editions.placeholders import fitting
from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.clock_times import Minutes
from giftpulse.daily.inbound.keywords import Intent
from giftpulse.daily.inbound.said import Said
from giftpulse.daily.inbound.talk import Talk
from giftpulse.daily.outbox.plan import holidays_of
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule import day_plan
from giftpulse.daily.schedule.day_plan import People
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import change, places
from giftpulse.daily.subscribers.models import ACTIVE, OPTED_OUT, PENDING, Subscriber
from giftpulse.daily.subscribers.placing import place_of
from giftpulse.ground.zones import zone

_WIDTH = 60
"""Minutes of the window of somebody who asks for a time of day."""

_LAST_START = 24 * 60 - _WIDTH
_LOOK = 7  # days, each of which may have hours of its own


def pause(talk: Talk, intent: Intent) -> Said:
    """No texts for so many days."""
    active = talk.of_status(ACTIVE)
    if not active:
        return nobody(talk, intent)
    assert isinstance(intent.value, int), "keywords.decide names the days"
    until = talk.now + timedelta(days=intent.value)
    for one in active:
        change.pause(talk.session, one, until, talk.now)
    program, language = _of(talk, active[0])
    first = place_of(active[0]).zones[:1]
    day = (until.astimezone(zone(first[0])) if first else until).date()
    return Said(wording.paused(program, language, day), intent.reason, program, active[0])


def resume(talk: Talk, intent: Intent) -> Said:
    """Go on after a pause."""
    active = talk.of_status(ACTIVE)
    if not active:
        return nobody(talk, intent)
    for one in active:
        change.resume(talk.session, one, talk.now)
    program, language = _of(talk, active[0])
    return Said(wording.resumed(program, language), intent.reason, program, active[0])


def set_time(talk: Talk, intent: Intent) -> Said:
    """A window of their own: the stretch that they name, or the hour that begins at the time that they name."""
    active = talk.of_status(ACTIVE)
    if not active:
        return nobody(talk, intent)
    asked = intent.value
    assert isinstance(asked, int | tuple), "keywords.decide names a time"
    program, language = _of(talk, active[0])
    window = window_for(asked)
    if not _is_ever_open(talk, program, active[0], window):
        reason = f"{intent.reason}; quiet hours leave nothing of {window}"
        return Said(wording.time_refused(program, language, asked), reason, program, active[0])
    for one in active:
        change.set_window(talk.session, one, window, talk.now)
    return Said(wording.time_set(program, language, asked), intent.reason, program, active[0])


def set_place(talk: Talk, intent: Intent) -> Said:
    """Another place, as they name it."""
    active = talk.of_status(ACTIVE)
    if not active:
        return nobody(talk, intent)
    assert isinstance(intent.value, str), "keywords.decide names the place"
    program, language = _of(talk, active[0])
    try:
        place = places.best(stated=intent.value, number=talk.number)
    except ValueError:  # what they wrote is in the body, where retention finds it
        return Said(wording.zone_unknown(program, language), f"{intent.reason}; none or several", program, active[0])
    for one in active:
        change.move(talk.session, one, place, talk.now)
    return Said(wording.zone_set(program, language, intent.value), intent.reason, program, active[0])


def set_name(talk: Talk, intent: Intent) -> Said:
    """Another name to be called by."""
    known = talk.of_status(ACTIVE)
    if not known:
        return nobody(talk, intent)
    assert isinstance(intent.value, str), "keywords.decide names the name"
    for one in known:
        change.rename(talk.session, one, intent.value, talk.now)
    program, language = _of(talk, known[0])
    # As the daily texts will write it.
    shown = fitting("first_name", intent.value, gsm=True) or intent.value
    return Said(wording.name_set(program, language, shown), intent.reason, program, known[0])


def help_(talk: Talk, intent: Intent) -> Said:
    """Who we are, whom to turn to, and how to stop."""
    program = talk.program
    if program is None:
        return Said(None, f"{intent.reason}; there is no program behind this", for_people=True)
    return Said(wording.help_text(program, talk.language), intent.reason, program, talk.subscriber)


def other(talk: Talk, intent: Intent) -> Said:
    """Everything else is for people to read."""
    return Said(None, intent.reason, talk.program, talk.subscriber, for_people=True)


def nobody(talk: Talk, intent: Intent) -> Said:
    """The answer to a wish of somebody who gets no texts."""
    program, one = talk.program, talk.subscriber
    if program is None or talk.number is None:
        return Said(None, f"{intent.reason}; there is no program behind this", program, for_people=True)
    if one is not None and one.status == OPTED_OUT:
        return Said(None, f"{intent.reason}; they have left, and are told nothing but how to come back", program, one)
    say = wording.ask if one is not None and one.status == PENDING else wording.not_joined
    status = one.status if one is not None else "no subscriber"
    return Said(say(program, talk.language), f"{intent.reason}; they are {status}", program, one)


def window_for(asked: Minutes) -> Window:
    """The window that a time of day, or a stretch of it, stands for."""
    if isinstance(asked, tuple):
        return Window(*asked)
    begin = min(asked, _LAST_START)
    return Window(begin, begin + _WIDTH)


def _is_ever_open(talk: Talk, program: Program, one: Subscriber, window: Window) -> bool:
    """Whether any day of the next week leaves something of a window to this person."""
    assert talk.number is not None, "subscribers are found by their number"
    place = place_of(one)
    laws = places.jurisdictions(place, places.from_number(talk.number)) if program.quiet_hours else None
    people, holidays = People(place.zones, window, laws), holidays_of(program)
    days = (talk.now.date() + timedelta(days=ahead) for ahead in range(_LOOK))
    return any(day_plan.decide(people, day, program.weekdays, holidays).span is not None for day in days)


def _of(talk: Talk, one: Subscriber) -> tuple[Program, str]:
    program = talk.program_of(one)
    assert program is not None, "of_status answers people of these programs only"
    return program, one.language or program.language
