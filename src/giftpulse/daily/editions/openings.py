"""When the day of a program opens and closes, over everybody who may be somewhere on the way around the world."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from giftpulse.daily.schedule.windows import Span, Window, spans


@dataclass(frozen=True, slots=True)
class Place:
    """Where people of a program are (candidates; none: unknown), and the window in which they get their text."""

    zones: tuple[str, ...]
    window: Window


def day_of(places: Iterable[Place], window: Window, local_date: date) -> Span:
    """From the first opening of a window on this date to the last closing.

    Quiet hours are left out: they only make a day shorter, and it is better to be ready early. With nobody anywhere it
    is ``window`` in the contiguous US, and where even that has no such moment, the whole date in UTC.
    """
    asked = [spans(place.zones, place.window, local_date).span for place in places]
    known = [span for span in asked if span is not None]
    if not known and (usual := spans((), window, local_date).span) is not None:
        known = [usual]
    if not known:
        midnight = datetime.combine(local_date, time(), UTC)
        return Span(midnight, midnight + timedelta(days=1))
    return Span(min(span.start for span in known), max(span.end for span in known))
