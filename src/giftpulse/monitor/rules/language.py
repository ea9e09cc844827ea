"""What a rule says, once read: a condition, a trigger, when it clears. Plain values, always valid.

**Null.** A comparison with a field that is null is false, ``ne`` and ``not_in`` included: "any error
except 30003" is ``{"field": "error_code", "op": "not_in", "value": [30003]}`` and does not match an
entry without an error. Only ``exists: false`` and ``not`` match an absence.

**Regex** is RE2, searched anywhere in the field; ``^`` and ``$`` are the ends of the whole text.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Op = Literal["eq", "ne", "in", "not_in", "prefix", "regex", "exists", "gt", "gte", "lt", "lte"]
Severity = Literal["info", "warning", "critical"]
Scalar = str | int | float

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

MAX_NAME = 200
MAX_DESCRIPTION = 4_000
MAX_CONDITION_BYTES = 4_096
MAX_NODES = 200
MAX_DEPTH = 10
MAX_LIST = 1_000
MAX_COUNT = 10_000
MAX_GROUP_BY = 3
MAX_DURATION = timedelta(days=7)

DEFAULT_COOLDOWN = timedelta(minutes=30)
"""How long a rule and group that has fired stays silent before it may notify anew."""
EACH_CLEARS_AFTER = timedelta(minutes=10)
"""An alert of an ``each`` rule resolves when nothing has matched for this long."""
THRESHOLD_CLEARS_WITHIN = timedelta(minutes=5)
"""A threshold clears after as long as its window, at most this: long enough for the next poll to speak."""


@dataclass(frozen=True)
class Comparison:
    """``field op value``. The value has the field's type; a tuple for ``in`` and ``not_in``."""

    field: str
    op: Op
    value: Scalar | bool | tuple[Scalar, ...]


@dataclass(frozen=True)
class AllOf:
    """True when every part is. Never empty."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class AnyOf:
    """True when some part is. Never empty."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """True when ``part`` is false, also where it is false because the field is null."""

    part: "Condition"


Condition = Comparison | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Each:
    """Every match opens (or feeds) the alert of its group."""

    group_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Threshold:
    """``count`` matches of one group inside a sliding window of length ``within``, by event time."""

    count: int
    within: timedelta
    group_by: tuple[str, ...] = ()


Trigger = Each | Threshold

LATER_TRIGGERS = ("ratio", "absence", "stuck", "change", "new_value", "anomaly")
"""Triggers of the language that are refused with a plain word until they exist."""


@dataclass(frozen=True)
class Clear:
    """An alert resolves when the window has held fewer than ``below`` matches for ``hold``.

    For ``each``, ``below`` is 1 and the window has no length: no match for ``hold``.
    """

    below: int
    hold: timedelta


@dataclass(frozen=True)
class RuleSpec:
    """A rule as the rest of the house sees it, whichever form it was written in."""

    name: str
    condition: Condition
    trigger: Trigger
    clear: Clear
    description: str = ""
    enabled: bool = True
    severity: Severity = "warning"
    cooldown: timedelta = DEFAULT_COOLDOWN
