"""What a condition means, in its plainest form: one condition, one record, a walk over the tree.

The compiled matcher must agree with this, record by record; tests and the bench hold it to that.
"""

from giftpulse.monitor.matching.record import Record
from giftpulse.monitor.rules.fields import FIELDS
from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not
from giftpulse.monitor.rules.patterns import searcher


def holds(condition: Condition, record: Record) -> bool:
    """Whether the condition is true of the record. Never raises for a condition that was parsed."""
    match condition:
        case AllOf(parts):
            return all(holds(part, record) for part in parts)
        case AnyOf(parts):
            return any(holds(part, record) for part in parts)
        case Not(part):
            return not holds(part, record)
        case Comparison():
            return _compare(condition, record)


def _compare(comparison: Comparison, record: Record) -> bool:
    have = getattr(record, FIELDS[comparison.field].attribute)
    op, want = comparison.op, comparison.value
    if op == "exists":
        return (have is not None) is want
    if have is None:
        return False
    if isinstance(want, tuple):
        return (have in want) is (op == "in")
    if isinstance(want, str):
        return _compare_text(have, op, want)
    return _compare_number(have, op, want)


def _compare_text(have: str, op: str, want: str) -> bool:
    if op == "regex":
        return searcher(want)(have)
    if op == "prefix":
        return have.startswith(want)
    return (have == want) is (op == "eq")


def _compare_number(have: float, op: str, want: float) -> bool:
    answers = {
        "eq": have == want,
        "ne": have != want,
        "gt": have > want,
        "gte": have >= want,
        "lt": have < want,
        "lte": have <= want,
    }
    return answers[op]
