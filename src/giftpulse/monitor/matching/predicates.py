"""A condition as one Python function of a record: for the few candidates that an index cannot settle."""

import operator
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from giftpulse.monitor.matching.record import Record
from giftpulse.monitor.rules.fields import FIELDS
from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not
from giftpulse.monitor.rules.patterns import searcher

Predicate = Callable[[Record], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Predicates:
    """Makes predicates; an identical comparison, in whatever rule, is made once."""

    def __init__(self) -> None:
        self._known: dict[Condition, Predicate] = {}

    def of(self, condition: Condition) -> Predicate:
        """The function that says whether ``condition`` holds. Raises PatternError for a pattern RE2 refuses."""
        known = self._known.get(condition)
        if known is None:
            known = self._known[condition] = self._make(condition)
        return known

    def _make(self, condition: Condition) -> Predicate:
        match condition:
            case AllOf(parts):
                return _all([self.of(part) for part in parts])
            case AnyOf(parts):
                return _any([self.of(part) for part in parts])
            case Not(part):
                return _not(self.of(part))
            case Comparison(field, op, value):
                return _comparison(attrgetter(FIELDS[field].attribute), op, value)


def _all(parts: list[Predicate]) -> Predicate:
    def holds(record: Record) -> bool:
        for part in parts:  # noqa: SIM110 - all() over a generator takes three times as long
            if not part(record):
                return False
        return True

    return holds


def _any(parts: list[Predicate]) -> Predicate:
    def holds(record: Record) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(record):
                return True
        return False

    return holds


def _not(part: Predicate) -> Predicate:
    return lambda record: not part(record)


def _comparison(get: Callable[[Record], Any], op: str, value: Any) -> Predicate:
    """No value is None, so ``eq`` and ``in`` are false of null by themselves; the others look first."""
    if op == "eq":
        return lambda record: bool(get(record) == value)
    if op == "in":
        members = frozenset(value)
        return lambda record: get(record) in members
    if op == "exists":
        return lambda record: (get(record) is not None) is value
    if op == "not_in":
        others = frozenset((*value, None))
        return lambda record: get(record) not in others
    if op == "prefix":
        return lambda record: (text := get(record)) is not None and text.startswith(value)
    if op == "regex":
        return _regex(get, value)
    return _ordered(get, _ORDER[op], value)


def _ordered(get: Callable[[Record], Any], compare: Callable[[Any, Any], bool], value: Any) -> Predicate:
    return lambda record: (have := get(record)) is not None and compare(have, value)


def _regex(get: Callable[[Record], str | None], pattern: str) -> Predicate:
    """Remembers its last answer: many rules with one regex ask about the same text in a row."""
    occurs = searcher(pattern)
    last: tuple[str | None, bool] = (None, False)

    def holds(record: Record) -> bool:
        nonlocal last
        text, answer = last
        have = get(record)
        if have is not text:
            answer = have is not None and occurs(have)
            last = (have, answer)
        return answer

    return holds
