"""Conditions made simpler for one kind: smaller, and with the same answer."""

from hypothesis import given, settings

from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.matching.folding import fold
from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Condition, Not
from tests.monitor.matching.records import FakeEntry
from tests.monitor.matching.strategies import conditions, records

MESSAGE = Comparison("kind", "eq", "message")
CODE = Comparison("error_code", "eq", 30003)
STATUS = Comparison("status", "eq", "failed")


def test_the_kind_is_settled_and_drops_out() -> None:
    assert fold(AllOf((MESSAGE, CODE)), "message") == CODE
    assert fold(AllOf((MESSAGE, CODE)), "call") is False
    assert fold(AnyOf((MESSAGE, CODE)), "message") is True
    assert fold(AnyOf((MESSAGE, CODE)), "call") == CODE
    assert fold(Not(MESSAGE), "call") is True
    assert fold(Comparison("kind", "not_in", ("call", "alert")), "message") is True


def test_not_moves_down_to_the_comparisons() -> None:
    assert fold(Not(AllOf((CODE, Not(STATUS)))), "call") == AnyOf((Not(CODE), STATUS))
    assert fold(Not(Comparison("to", "exists", False)), "call") == Comparison("to", "exists", True)


def test_layers_of_one_form_and_doubles_become_one() -> None:
    assert fold(AnyOf((CODE, AnyOf((STATUS, CODE)))), "call") == AnyOf((CODE, STATUS))
    assert fold(AllOf((CODE, AllOf((CODE,)))), "call") == CODE


@settings(max_examples=200, deadline=None)
@given(conditions, records)
def test_what_is_left_has_the_same_answer(condition: Condition, entry: FakeEntry) -> None:
    left = fold(condition, entry.kind)
    assert (left if isinstance(left, bool) else holds(left, entry)) is holds(condition, entry)
