"""What must be found in a record before a condition can hold: the keys under which a rule is filed.

A guard is a set of keys of which at least one is present whenever the condition holds. Of the parts of an
``all`` the one that is met least often serves as guard, and the others are asked only when it is present.
"""

import re
from dataclasses import dataclass
from typing import Literal

from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not

Way = Literal["equal", "prefix", "regex", "present"]


@dataclass(frozen=True)
class Key:
    """The field equals, starts with, contains, or (``present``, value None) merely is."""

    way: Way
    field: str
    value: str | int | float | None


@dataclass(frozen=True)
class Guard:
    """``rest`` is what is left to ask when a key is present; None when the key settles it.

    ``cost`` orders guards by how often their keys are met without the condition being true.
    """

    keys: tuple[Key, ...]
    cost: int
    rest: Condition | None


_EQUAL_COST = {
    "messaging_service_sid": 2,
    "error_code": 3,
    "account_sid": 5,
    "status": 5,
    "direction": 6,
    "log_level": 6,
    "to_country": 8,  # dear to work out: only asked of every record where nothing else can guard
}
_UNIQUE = 1
_REGEX, _VAGUE_REGEX = 2, 6
_PREFIX = 4
_ERROR_PRESENT, _PRESENT = 7, 9
_LITERAL = re.compile(r"[A-Za-z0-9 _:/-]{4}")


def guard_of(condition: Condition) -> Guard | None:
    """The best guard, or None when the condition must be asked of every record."""
    match condition:
        case Comparison():
            return _of_comparison(condition)
        case AllOf(parts):
            return _of_all(parts)
        case AnyOf(parts):
            return _of_any(condition, parts)
        case Not():
            return None


def _of_comparison(comparison: Comparison) -> Guard | None:
    field, op, value = comparison.field, comparison.op, comparison.value
    if op in ("eq", "in"):
        values = value if isinstance(value, tuple) else (value,)
        keys = tuple(Key("equal", field, each) for each in values)
        return Guard(keys, _EQUAL_COST.get(field, _UNIQUE), None)
    if op == "regex" and isinstance(value, str):
        cost = _REGEX if _LITERAL.search(value) else _VAGUE_REGEX
        return Guard((Key("regex", field, value),), cost, None)
    if op == "prefix" and isinstance(value, str):
        return Guard((Key("prefix", field, value),), _PREFIX, None)
    if op == "exists" and value is False:
        return None
    cost = _ERROR_PRESENT if field == "error_code" else _PRESENT
    return Guard((Key("present", field, None),), cost, None if op == "exists" else comparison)


def _of_all(parts: tuple[Condition, ...]) -> Guard | None:
    guards = [(guard_of(part), i) for i, part in enumerate(parts)]
    usable = [(guard.cost, i, guard) for guard, i in guards if guard is not None]
    if not usable:
        return None
    _, chosen, guard = min(usable, key=lambda each: each[:2])
    rest = [part for i, part in enumerate(parts) if i != chosen]
    if guard.rest is not None:
        rest.append(guard.rest)
    return Guard(guard.keys, guard.cost, rest[0] if len(rest) == 1 else AllOf(tuple(rest)))


def _of_any(condition: AnyOf, parts: tuple[Condition, ...]) -> Guard | None:
    guards: list[Guard] = []
    for part in parts:
        guard = guard_of(part)
        if guard is None:
            return None
        guards.append(guard)
    keys = dict.fromkeys(key for guard in guards for key in guard.keys)
    settled = all(guard.rest is None for guard in guards)
    return Guard(tuple(keys), max(guard.cost for guard in guards), None if settled else condition)
