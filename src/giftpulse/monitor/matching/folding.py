"""A condition made simpler for records of one kind, and with every ``not`` moved down to a comparison."""

from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not

Folded = Condition | bool
"""What is left of a condition: itself, or the answer where the kind alone settles it."""


def fold(condition: Condition, kind: str) -> Folded:
    """The condition as it reads for a record whose kind is ``kind``."""
    return _fold(condition, kind, negated=False)


def _fold(condition: Condition, kind: str, *, negated: bool) -> Folded:
    match condition:
        case Not(part):
            return _fold(part, kind, negated=not negated)
        case AllOf(parts):
            return _joined([_fold(part, kind, negated=negated) for part in parts], every=not negated)
        case AnyOf(parts):
            return _joined([_fold(part, kind, negated=negated) for part in parts], every=negated)
        case Comparison(field, op, value):
            if field == "kind":
                return _of_kind(op, value, kind) is not negated
            if not negated:
                return condition
            return Comparison(field, "exists", not value) if op == "exists" else Not(condition)


def _of_kind(op: str, value: object, kind: str) -> bool:
    if op == "exists":
        return value is True
    values = value if isinstance(value, tuple) else (value,)
    return (kind in values) is (op in ("eq", "in"))


def _joined(parts: list[Folded], *, every: bool) -> Folded:
    """All of the parts (or any of them), without those that are settled, doubled, or of the same form."""
    settling = not every
    if settling in parts:
        return settling
    form = AllOf if every else AnyOf
    left: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, bool):
            continue
        for piece in part.parts if isinstance(part, form) else (part,):
            left[piece] = None
    if not left:
        return every
    return next(iter(left)) if len(left) == 1 else form(tuple(left))
