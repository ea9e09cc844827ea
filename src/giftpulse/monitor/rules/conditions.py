"""Reading a condition from JSON, with its limits, and writing it back."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from giftpulse.monitor.rules.fields import FIELDS, OPS
from giftpulse.monitor.rules.language import (
    MAX_CONDITION_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Op,
)
from giftpulse.monitor.rules.problems import Problems, described, listed
from giftpulse.monitor.rules.values import read_value

_COMPARISON_KEYS = ("field", "op", "value")
_FORMS = 'expected {"field", "op", "value"}, {"all": [...]}, {"any": [...]} or {"not": {...}}'


def read_condition(raw: object, path: str, problems: Problems) -> Condition | None:
    """The condition that ``raw`` says, or None when refused; every fault is noted in ``problems``."""
    size = _size(raw)
    if size is None:
        problems.add(path, "not JSON, or nested far too deep")
        return None
    if size > MAX_CONDITION_BYTES:
        problems.add(path, f"at most {MAX_CONDITION_BYTES:,} bytes of JSON; this condition has {size:,}")
        return None
    reading = _Reading(problems)
    condition = reading.node(raw, path, depth=1)
    if reading.nodes > MAX_NODES:
        problems.add(path, f"at most {MAX_NODES} conditions in one rule; this one has {reading.nodes}")
        return None
    # Written out, a value can be longer than it came in (1e15), and what is stored must be readable again.
    if condition is not None and (_size(condition_to_json(condition)) or 0) > MAX_CONDITION_BYTES:
        problems.add(path, f"at most {MAX_CONDITION_BYTES:,} bytes of JSON once written out in full")
        return None
    return condition


def _size(raw: object) -> int | None:
    try:
        written = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None
    return len(written.encode("utf-8", "surrogatepass"))


class _Reading:
    """One walk over a condition: counts nodes, stops at the greatest depth, notes every fault."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.nodes = 0

    def node(self, raw: object, path: str, depth: int) -> Condition | None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            self.problems.add(path, f"nested deeper than {MAX_DEPTH}")
            return None
        if not isinstance(raw, Mapping):
            self.problems.add(path, f"{_FORMS}, got {described(raw)}")
            return None
        joined = [key for key in ("all", "any", "not") if key in raw]
        if not joined:
            return self.comparison(raw, path)
        if len(raw) > 1:
            self.problems.add(path, f"'{joined[0]}' stands alone: {_FORMS}")
            return None
        key = joined[0]
        if key == "not":
            part = self.node(raw["not"], f"{path}.not", depth + 1)
            return None if part is None else Not(part)
        parts = self.parts(raw[key], f"{path}.{key}", depth + 1)
        if parts is None:
            return None
        return AllOf(parts) if key == "all" else AnyOf(parts)

    def parts(self, raw: object, path: str, depth: int) -> tuple[Condition, ...] | None:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
            self.problems.add(path, f"expected a list of conditions, got {described(raw)}")
            return None
        if not raw:
            self.problems.add(path, "the list is empty; expected at least one condition")
            return None
        read = [self.node(part, f"{path}.{i}", depth) for i, part in enumerate(raw)]
        sound = tuple(part for part in read if part is not None)
        return sound if len(sound) == len(read) else None

    def comparison(self, raw: Mapping[object, object], path: str) -> Comparison | None:
        problems, before = self.problems, len(self.problems.found)
        if not raw:
            problems.add(path, _FORMS)
            return None
        problems.unknown_keys(raw, _COMPARISON_KEYS, path)
        for key in _COMPARISON_KEYS:
            if key not in raw:
                problems.add(f"{path}.{key}", "missing; a comparison has field, op and value")
        name, op = raw.get("field"), raw.get("op")
        if "field" in raw and not (isinstance(name, str) and name in FIELDS):
            problems.add(f"{path}.field", f"unknown field; expected one of {listed(FIELDS)}")
        if "op" in raw and not (isinstance(op, str) and op in OPS):
            problems.add(f"{path}.op", f"unknown op; expected one of {listed(OPS)}")
        if len(problems.found) > before:
            return None
        field, op = FIELDS[str(name)], str(op)
        if op not in field.ops:
            problems.add(f"{path}.op", f"'{field.name}' does not take '{op}'; it takes {listed(field.ops)}")
            return None
        value = read_value(field, op, raw["value"], f"{path}.value", problems)
        return None if value is None else Comparison(field.name, cast(Op, op), value)


def condition_to_json(condition: Condition) -> dict[str, object]:
    """The condition in the full form; reading it again gives an equal condition."""
    match condition:
        case Comparison(field, op, value):
            return {"field": field, "op": op, "value": list(value) if isinstance(value, tuple) else value}
        case AllOf(parts):
            return {"all": [condition_to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [condition_to_json(part) for part in parts]}
        case Not(part):
            return {"not": condition_to_json(part)}
