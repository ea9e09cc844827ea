"""What each comparison means, null above all. The matcher is held to this meaning elsewhere."""

import pytest

from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.rules.parse import parse_condition
from tests.monitor.matching.records import FakeEntry

FAILED = FakeEntry(status="failed", error_code=30003, from_="+14155550100", to="+447700900123", price=-0.0075)
EMPTY = FakeEntry()


def true_of(record: FakeEntry, field: str, op: str, value: object) -> bool:
    return holds(parse_condition({"field": field, "op": op, "value": value}), record)


@pytest.mark.parametrize(
    ("field", "op", "value", "answer"),
    [
        ("status", "eq", "failed", True),
        ("status", "eq", "sent", False),
        ("status", "ne", "failed", False),
        ("status", "ne", "sent", True),
        ("status", "in", ["sent", "failed"], True),
        ("status", "not_in", ["sent", "failed"], False),
        ("status", "not_in", ["sent"], True),
        ("to", "prefix", "+44", True),
        ("to", "prefix", "+1", False),
        ("from", "prefix", "+1415", True),
        ("status", "regex", "^fail", True),
        ("status", "regex", "^ailed", False),
        ("status", "exists", True, True),
        ("status", "exists", False, False),
        ("error_code", "eq", 30003, True),
        ("error_code", "gt", 30003, False),
        ("error_code", "gte", 30003, True),
        ("error_code", "lt", 30003, False),
        ("error_code", "lte", 30003, True),
        ("error_code", "ne", 30005, True),
        ("price", "lt", 0, True),
        ("price", "eq", "-0.0075", True),
    ],
)
def test_a_comparison_with_a_value(field: str, op: str, value: object, answer: bool) -> None:
    assert true_of(FAILED, field, op, value) is answer


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("error_code", "eq", 30003),
        ("error_code", "ne", 30003),
        ("error_code", "in", [30003]),
        ("error_code", "not_in", [30003]),
        ("error_code", "gt", 0),
        ("error_code", "lte", 0),
        ("error_code", "exists", True),
        ("status", "ne", "failed"),
        ("status", "prefix", "f"),
        ("body", "regex", ".*"),
        ("price", "lt", 5),
    ],
)
def test_every_comparison_with_null_is_false(field: str, op: str, value: object) -> None:
    assert not true_of(EMPTY, field, op, value)


def test_any_error_except_some_matches_no_record_without_an_error() -> None:
    others = {"field": "error_code", "op": "not_in", "value": [30005]}
    assert holds(parse_condition(others), FAILED)
    assert not holds(parse_condition(others), EMPTY)


def test_not_and_exists_false_do_match_an_absence() -> None:
    assert holds(parse_condition({"not": {"field": "error_code", "op": "eq", "value": 30003}}), EMPTY)
    assert true_of(EMPTY, "error_code", "exists", False)


def test_all_needs_every_part_and_any_needs_one() -> None:
    parts = [{"field": "status", "op": "eq", "value": word} for word in ("failed", "sent")]
    assert holds(parse_condition({"any": parts}), FAILED)
    assert not holds(parse_condition({"all": parts}), FAILED)
    assert holds(parse_condition({"all": parts[:1]}), FAILED)
