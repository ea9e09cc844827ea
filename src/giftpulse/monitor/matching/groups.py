"""The group that a record falls into under a rule, and matches gathered by rule and group."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from giftpulse.monitor.matching.record import Record, TimedRecord
from giftpulse.monitor.rules.fields import FIELDS

Group = tuple[str | None, ...]
"""One value per field of ``group_by``; None where the record has none. () for a rule that does not group."""

K = TypeVar("K", bound=Hashable)
K_contra = TypeVar("K_contra", bound=Hashable, contravariant=True)

_NO_GROUP: Group = ()


def group_getter(labels: tuple[str, ...]) -> Callable[[Record], Group]:
    """A function from a record to its group. KeyError for a field that does not exist."""
    if not labels:
        return lambda record: _NO_GROUP
    getters = [attrgetter(FIELDS[label].attribute) for label in labels]
    if len(getters) == 1:
        get = getters[0]
        return lambda record: (_word(get(record)),)
    return lambda record: tuple([_word(get(record)) for get in getters])


def _word(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def millis(at: datetime) -> int:
    """An aware instant as whole milliseconds since 1970, as windows count time."""
    return round(at.timestamp() * 1000)


class Grouping(Protocol[K_contra]):
    """The part of a matcher that ``tally`` needs."""

    def group_of(self, key: K_contra, record: Record, /) -> Group: ...


def tally(
    matcher: Grouping[K], records: Sequence[TimedRecord], found: Iterable[tuple[int, K]]
) -> dict[tuple[K, Group], list[int]]:
    """The event times (ms) of the matches of each rule and group, in the order in which they were found."""
    times: dict[tuple[K, Group], list[int]] = {}
    group_of = matcher.group_of
    last, at = -1, 0
    for number, key in found:
        record = records[number]
        if number != last:
            last, at = number, millis(record.event_at)
        group = (key, group_of(key, record))
        if group in times:
            times[group].append(at)
        else:
            times[group] = [at]
    return times
