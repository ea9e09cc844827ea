"""The short form: what it expands to, and what is refused under its own keys."""

from datetime import timedelta

import pytest

from giftpulse.monitor.rules.language import Each, Threshold
from giftpulse.monitor.rules.parse import is_short_form, parse_rule, rule_to_json
from tests.monitor.rules.faults import ANY_ERROR, faults

ALERT = {"field": "kind", "op": "eq", "value": "alert"}
OF_CALL = {"field": "resource_sid", "op": "prefix", "value": "CA"}


def short(**parts: object) -> dict[str, object]:
    return {"name": "a rule", "enabled": True, "log_type": "message", **parts}


def condition_of(**parts: object) -> object:
    return rule_to_json(parse_rule(short(**parts)))["condition"]


def codes(*values: int) -> dict[str, object]:
    return {"field": "error_code", "op": "in", "value": list(values)}


def kind(value: str) -> dict[str, object]:
    return {"field": "kind", "op": "eq", "value": value}


def in_text(pattern: str) -> dict[str, object]:
    return {"any": [{"field": field, "op": "regex", "value": pattern} for field in ("text", "body")]}


def test_the_documented_error_code_rule_on_calls_looks_at_alerts_of_calls() -> None:
    rule = parse_rule(
        {
            "name": "Failed Call Detection",
            "description": "...",
            "enabled": True,
            "log_type": "call",
            "pattern_type": "error_code",
            "pattern_value": "30001,30002,30003",
        }
    )
    assert rule_to_json(rule)["condition"] == {"all": [ALERT, OF_CALL, codes(30001, 30002, 30003)]}
    assert rule.trigger == Each()


@pytest.mark.parametrize(
    ("log_type", "scope"),
    [
        ("message", [kind("message")]),
        ("MESSAGE", [kind("message")]),
        ("alert", [ALERT]),
        ("error", [ALERT, {"field": "log_level", "op": "in", "value": ["error"]}]),
        ("warning", [ALERT, {"field": "log_level", "op": "in", "value": ["warning"]}]),
        ("debug", [ALERT, {"field": "log_level", "op": "in", "value": ["debug", "notice"]}]),
    ],
)
def test_the_log_type_narrows_what_is_looked_at(log_type: str, scope: list[object]) -> None:
    found = condition_of(log_type=log_type, pattern_type="error_code", pattern_value=" 30003, 30005,")
    assert found == {"all": [*scope, codes(30003, 30005)]}


@pytest.mark.parametrize("log_type", [None, "any"])
def test_without_a_log_type_every_record_is_looked_at(log_type: str | None) -> None:
    assert condition_of(log_type=log_type, pattern_type="error_code", pattern_value=30003) == codes(30003)


def test_a_status_list_is_taken_in_any_case() -> None:
    found = condition_of(pattern_type="status", pattern_value="Failed, UNDELIVERED")
    assert found == {"all": [kind("message"), {"field": "status", "op": "in", "value": ["failed", "undelivered"]}]}


def test_a_status_rule_on_calls_looks_at_the_calls_themselves() -> None:
    found = condition_of(log_type="call", pattern_type="status", pattern_value="busy")
    assert found == {"all": [kind("call"), {"field": "status", "op": "in", "value": ["busy"]}]}


def test_a_regex_is_searched_in_text_and_body() -> None:
    found = condition_of(pattern_type="regex", pattern_value="time ?out, twice")
    assert found == {"all": [kind("message"), in_text("time ?out, twice")]}


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("status:failed,Busy", [{"field": "status", "op": "in", "value": ["failed", "busy"]}]),
        ("error_code:30003", [codes(30003)]),
        ("ERROR_CODE: 30003", [codes(30003)]),
        ("regex:a:b", [in_text("a:b")]),
        ("", []),
        ("*", []),
        (None, []),
    ],
)
def test_a_threshold_counts_what_its_value_says(value: str | None, counted: list[object]) -> None:
    rule = parse_rule(
        short(pattern_type="threshold", pattern_value=value, threshold_count=10, threshold_window_minutes=5)
    )
    assert rule.trigger == Threshold(10, timedelta(minutes=5))
    scope = kind("message")
    assert rule_to_json(rule)["condition"] == ({"all": [scope, *counted]} if counted else scope)


def test_a_threshold_of_error_codes_on_calls_counts_alerts_of_calls() -> None:
    found = condition_of(
        log_type="call",
        pattern_type="threshold",
        pattern_value="error_code:13224",
        threshold_count=2,
        threshold_window_minutes=1,
    )
    assert found == {"all": [ALERT, OF_CALL, codes(13224)]}


def test_a_threshold_of_everything_counts_every_record() -> None:
    found = condition_of(
        log_type=None, pattern_type="threshold", pattern_value="*", threshold_count=2, threshold_window_minutes=1
    )
    assert found == {"field": "kind", "op": "exists", "value": True}


def test_severity_cooldown_and_clear_may_be_added() -> None:
    rule = parse_rule(
        short(
            pattern_type="threshold",
            pattern_value="status:failed",
            threshold_count=10,
            threshold_window_minutes=5,
            severity="critical",
            cooldown="5m",
            clear={"below": 2},
        )
    )
    assert (rule.severity, rule.cooldown, rule.clear.below) == ("critical", timedelta(minutes=5), 2)


@pytest.mark.parametrize(
    ("parts", "path", "said"),
    [
        ({"pattern_type": "error_codes", "pattern_value": "1"}, "pattern_type", "error_code, regex"),
        ({"pattern_type": None, "pattern_value": "1"}, "pattern_type", "error_code, regex"),
        ({"pattern_type": "error_code", "pattern_value": "30003,abc"}, "pattern_value", "'abc'"),
        ({"pattern_type": "error_code", "pattern_value": "-5"}, "pattern_value", "'-5'"),
        ({"pattern_type": "error_code", "pattern_value": " , "}, "pattern_value", "commas"),
        ({"pattern_type": "error_code"}, "pattern_value", "commas"),
        ({"pattern_type": "error_code", "pattern_value": [30003]}, "pattern_value", "got a list"),
        ({"pattern_type": "status", "pattern_value": ""}, "pattern_value", "commas"),
        ({"pattern_type": "status", "pattern_value": "a\0"}, "pattern_value", "NUL"),
        ({"pattern_type": "status", "pattern_value": "x" * 5_000}, "pattern_value", "4,096"),
        ({"pattern_type": "regex", "pattern_value": ""}, "pattern_value", "empty"),
        ({"pattern_type": "regex", "pattern_value": "(a"}, "pattern_value", "missing )"),
        ({"pattern_type": "regex", "pattern_value": r"(a)\1"}, "pattern_value", "backreferences"),
        ({"pattern_type": "regex", "pattern_value": "x", "log_type": "calls"}, "log_type", "message, call, alert"),
        ({"pattern_type": "regex", "pattern_value": "x", "log_type": 3}, "log_type", "message, call, alert"),
        ({"pattern_type": "regex", "pattern_value": "x", "threshold_count": 3}, "threshold_count", "only"),
    ],
)
def test_a_fault_is_told_under_the_key_that_was_written(parts: dict[str, object], path: str, said: str) -> None:
    found = faults(short(**parts))
    assert list(found) == [path]
    assert said in found[path]


@pytest.mark.parametrize(
    ("parts", "paths"),
    [
        ({"threshold_window_minutes": 5}, {"threshold_count"}),
        ({"threshold_count": 10}, {"threshold_window_minutes"}),
        ({}, {"threshold_count", "threshold_window_minutes"}),
        ({"threshold_count": 0, "threshold_window_minutes": 10_081}, {"threshold_count", "threshold_window_minutes"}),
        ({"threshold_count": "10", "threshold_window_minutes": 5}, {"threshold_count"}),
        ({"threshold_count": 10, "threshold_window_minutes": 5, "pattern_value": "to:+1"}, {"pattern_value"}),
        ({"threshold_count": 10, "threshold_window_minutes": 5, "pattern_value": "failed"}, {"pattern_value"}),
        ({"pattern_value": "error_code:x", "log_type": "calls"}, {
            "threshold_count", "threshold_window_minutes", "pattern_value", "log_type"}),
    ],
)  # fmt: skip
def test_a_threshold_needs_count_window_and_a_known_prefix(parts: dict[str, object], paths: set[str]) -> None:
    whole = {"pattern_type": "threshold", "pattern_value": "status:failed"} | parts
    assert set(faults(short(**whole))) == paths


def test_both_forms_in_one_body_are_refused_and_neither_wins() -> None:
    found = faults(short(pattern_type="status", pattern_value="failed", condition=ANY_ERROR, trigger=None))
    assert set(found) == {"condition", "trigger"}
    assert "not both; neither is used" in found["condition"]


def test_the_form_is_told_apart_by_its_keys() -> None:
    assert is_short_form({"log_type": None})
    assert not is_short_form({"name": "x", "condition": ANY_ERROR})


def test_a_long_regex_that_would_not_fit_once_written_out_is_refused() -> None:
    assert "pattern_value" in faults(short(pattern_type="regex", pattern_value="\\\\" * 512))
    parse_rule(short(pattern_type="regex", pattern_value="x" * 1_024))
