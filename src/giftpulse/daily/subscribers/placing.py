"""Where and when a stored person is reached: reading it, putting it, and finding the audience that goes with it."""

from typing import cast

from sqlalchemy.orm import Session

from giftpulse.daily.schedule import spread
from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import audiences
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.places import Place, Source


def place_of(subscriber: Subscriber) -> Place:
    """The place that is stored."""
    zones = tuple(subscriber.timezone.split(",")) if subscriber.timezone else ()
    return Place(zones, cast(Source, subscriber.timezone_source), subscriber.state, subscriber.country)


def put_place(subscriber: Subscriber, place: Place) -> None:
    """Store another place. The audience is that of the place before until :func:`regroup`."""
    subscriber.timezone, subscriber.timezone_source = ",".join(place.zones), place.source
    subscriber.state, subscriber.country = place.state, place.country


def window_of(subscriber: Subscriber) -> Window | None:
    """The person's own window; None where they have the program's."""
    if subscriber.window_start is None or subscriber.window_end is None:
        return None
    return Window(subscriber.window_start, subscriber.window_end)


def put_window(subscriber: Subscriber, window: Window | None) -> None:
    """Store another window, or none of their own. The audience stays until :func:`regroup`."""
    subscriber.window_start = window.start_minute if window else None
    subscriber.window_end = window.end_minute if window else None


def regroup(session: Session, subscriber: Subscriber) -> None:
    """Put a person, whose number must be known, into the audience of their place and window. If that is another one,
    what is planned for them has to be planned again, and they are marked so."""
    assert subscriber.phone is not None, "nobody knows where an erased person is"
    key = audiences.key_for(place_of(subscriber), subscriber.phone, window_of(subscriber))
    audience_id = audiences.audience_for(session, subscriber.program_id, key)
    if audience_id != subscriber.audience_id:
        subscriber.audience_id, subscriber.moved = audience_id, True


def share_of(program_id: int, phone: str) -> int:
    """A person's place in the windows of a program: the same again after an erasure and a return."""
    return spread.share(f"{program_id}:{phone}")
