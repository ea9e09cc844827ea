"""Conditions in the full form: what is read, what is refused, and where the fault is said to be."""

import pytest

from giftpulse.monitor.rules.conditions import condition_to_json
from giftpulse.monitor.rules.language import AllOf, AnyOf, Comparison, Not
from giftpulse.monitor.rules.parse import parse_condition
from tests.monitor.rules.faults import ANY_ERROR, faults_of_condition


def comparison(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def test_the_documented_example_is_read() -> None:
    data = {
        "all": [
            {"field": "kind", "op": "eq", "value": "message"},
            {"field": "error_code", "op": "in", "value": [30003, 30005]},
            {"not": {"field": "to", "op": "prefix", "value": "+44"}},
        ]
    }
    expected = AllOf(
        (
            Comparison("kind", "eq", "message"),
            Comparison("error_code", "in", (30003, 30005)),
            Not(Comparison("to", "prefix", "+44")),
        )
    )
    assert parse_condition(data) == expected
    assert condition_to_json(expected) == data


@pytest.mark.parametrize(
    ("field", "op", "value", "read"),
    [
        ("error_code", "eq", "30003", 30003),
        ("error_code", "eq", " 30003 ", 30003),
        ("error_code", "in", ["30003", 30003, 11200], (30003, 11200)),
        ("error_code", "gte", 30003.0, 30003),
        ("duration", "lt", "10", 10),
        ("price", "lt", "-0.0075", -0.0075),
        ("price", "gt", 1, 1.0),
        ("status", "eq", "Failed", "failed"),
        ("kind", "ne", "CALL", "call"),
        ("to_country", "in", ["gb", "US"], ("GB", "US")),
        ("from", "exists", False, False),
        ("body", "eq", "Hello", "Hello"),
        ("direction", "prefix", "outbound-", "outbound-"),
    ],
)
def test_values_are_read_into_the_type_of_their_field(field: str, op: str, value: object, read: object) -> None:
    condition = parse_condition(comparison(field, op, value))
    assert isinstance(condition, Comparison)
    assert condition.value == read
    assert type(condition.value) is type(read)


@pytest.mark.parametrize(
    ("condition", "path", "said"),
    [
        ({}, "condition", "expected"),
        ([], "condition", "got a list"),
        ("error", "condition", "got text"),
        ({"all": []}, "condition.all", "empty"),
        ({"any": {}}, "condition.any", "expected a list"),
        ({"not": [ANY_ERROR]}, "condition.not", "got a list"),
        ({"not": None}, "condition.not", "got null"),
        ({"all": [ANY_ERROR], "any": [ANY_ERROR]}, "condition", "stands alone"),
        ({"all": [ANY_ERROR], "field": "to"}, "condition", "stands alone"),
        ({"all": [ANY_ERROR, 7]}, "condition.all.1", "got a number"),
        ({**ANY_ERROR, "case": "any"}, "condition.case", "unknown"),
        ({"field": "error_code", "op": "eq"}, "condition.value", "missing"),
        (comparison("errorcode", "eq", 1), "condition.field", "unknown field"),
        (comparison("error_code", "equals", 1), "condition.op", "unknown op"),
        (comparison("error_code", "prefix", "30"), "condition.op", "does not take"),
        (comparison("status", "gt", "a"), "condition.op", "does not take"),
        (comparison("kind", "regex", "m.*"), "condition.op", "does not take"),
        (comparison("kind", "eq", "messages"), "condition.value", "message, call, alert"),
        (comparison("error_code", "eq", "30003x"), "condition.value", "whole number"),
        (comparison("error_code", "eq", True), "condition.value", "true or false"),
        (comparison("error_code", "eq", 30003.5), "condition.value", "whole number"),
        (comparison("error_code", "eq", 10**30), "condition.value", "never that large"),
        (comparison("error_code", "in", 30003), "condition.value", "expected a list"),
        (comparison("error_code", "in", []), "condition.value", "empty"),
        (comparison("error_code", "in", [1, "x"]), "condition.value.1", "whole number"),
        (comparison("error_code", "eq", [30003]), "condition.value", "use 'in'"),
        (comparison("error_code", "eq", None), "condition.value", "exists"),
        (comparison("error_code", "exists", "yes"), "condition.value", "true or false"),
        (comparison("price", "gt", "cheap"), "condition.value", "a number"),
        (comparison("price", "gt", "nan"), "condition.value", "a number"),
        (comparison("price", "gt", float("inf")), "condition.value", "a number"),
        (comparison("price", "gt", 10**400), "condition.value", "a number"),
        (comparison("to", "eq", 14155550100), "condition.value", "is text"),
        (comparison("to", "prefix", ""), "condition.value", "empty"),
        (comparison("to_country", "eq", "USA"), "condition.value", "two letters"),
        (comparison("body", "eq", "a\0b"), "condition.value", "NUL"),
        (comparison("body", "eq", "\ud83d"), "condition.value", "Unicode"),
        (comparison("body", "regex", "(unclosed"), "condition.value", "regular expression"),
        (comparison("body", "regex", ""), "condition.value", "empty"),
        (comparison("body", "eq", {1, 2}), "condition", "not JSON"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_is_expected(condition: object, path: str, said: str) -> None:
    found = faults_of_condition(condition)
    assert list(found) == [path]
    assert said in found[path]


def test_every_fault_is_told_and_not_only_the_first() -> None:
    found = faults_of_condition(
        {
            "any": [
                comparison("error_code", "eq", "x"),
                {"all": [comparison("status", "eq", "failed"), comparison("stat", "is", "failed")]},
                {"not": comparison("body", "regex", "(?=a)")},
            ]
        }
    )
    assert set(found) == {
        "condition.any.0.value",
        "condition.any.1.all.1.field",
        "condition.any.1.all.1.op",
        "condition.any.2.not.value",
    }


def nested(depth: int) -> object:
    condition: object = ANY_ERROR
    for _ in range(depth - 1):
        condition = {"not": condition}
    return condition


def test_ten_levels_are_read_and_eleven_refused() -> None:
    parse_condition(nested(10))
    assert "deeper than 10" in faults_of_condition(nested(11))["condition" + ".not" * 10]


def test_nesting_without_end_is_refused_and_does_not_exhaust_the_stack() -> None:
    assert "4,096 bytes" in faults_of_condition(nested(800))["condition"]
    assert "too deep" in faults_of_condition(nested(100_000))["condition"]


def test_a_condition_may_have_200_nodes_and_4096_bytes() -> None:
    def short(count: int) -> object:
        return {"any": [{"not": []} for _ in range(count)]}

    assert "at most 200" in faults_of_condition(short(200))["condition"]
    assert "condition" not in faults_of_condition(short(99))
    text = "x" * 4_000
    parse_condition(comparison("body", "eq", text))
    assert "4,096 bytes" in faults_of_condition(comparison("body", "eq", text + "y" * 100))["condition"]
    assert "4,096 bytes" in faults_of_condition(comparison("body", "eq", "é" * 2_100))["condition"]


def test_what_is_stored_can_be_read_again_even_where_numbers_grow_in_writing() -> None:
    few, many = ([f"{n}e11" for n in range(100, end)] for end in (200, 400))
    condition = parse_condition(comparison("price", "in", few))
    assert parse_condition(condition_to_json(condition)) == condition
    assert "once written out" in faults_of_condition(comparison("price", "in", many))["condition"]


def test_a_list_holds_a_thousand_values() -> None:
    many = list(range(30_000, 31_000))
    assert "4,096 bytes" in faults_of_condition(comparison("error_code", "in", many))["condition"]
    assert parse_condition(comparison("error_code", "in", [7] * 1_000)) == Comparison("error_code", "in", (7,))
    assert "1,000 values" in faults_of_condition(comparison("error_code", "in", [7] * 1_001))["condition.value"]


def test_any_of_one_part_stays_as_written() -> None:
    assert parse_condition({"any": [ANY_ERROR]}) == AnyOf((Comparison("error_code", "exists", True),))
