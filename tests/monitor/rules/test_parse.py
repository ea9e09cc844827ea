"""Whole rules in the full form: defaults, faults, and writing back."""

from datetime import timedelta

import pytest

from giftpulse.monitor.rules.language import Clear, Comparison, Each, Threshold
from giftpulse.monitor.rules.parse import parse_rule, rule_to_json
from tests.monitor.rules.faults import ANY_ERROR, faults

WHOLE = {
    "name": "Unreachable handsets",
    "description": "Ten in five minutes",
    "enabled": False,
    "severity": "critical",
    "condition": ANY_ERROR,
    "trigger": {"type": "threshold", "count": 10, "within": "5m", "group_by": ["messaging_service_sid"]},
    "clear": {"below": 3, "for": "10m"},
    "cooldown": "1h",
}


def test_a_whole_rule_is_read_and_written_back_as_it_was() -> None:
    spec = parse_rule(WHOLE)
    assert spec.trigger == Threshold(10, timedelta(minutes=5), ("messaging_service_sid",))
    assert spec.clear == Clear(3, timedelta(minutes=10))
    assert spec.cooldown == timedelta(hours=1)
    assert (spec.severity, spec.enabled) == ("critical", False)
    assert rule_to_json(spec) == WHOLE


def test_a_rule_needs_only_a_name_and_a_condition() -> None:
    spec = parse_rule({"name": " Any error ", "condition": ANY_ERROR})
    assert spec.name == "Any error"
    assert spec.condition == Comparison("error_code", "exists", True)
    assert spec.trigger == Each()
    assert (spec.description, spec.enabled, spec.severity) == ("", True, "warning")
    assert spec.clear == Clear(1, timedelta(minutes=10))
    assert spec.cooldown == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("within", "hold"), [("30s", timedelta(seconds=30)), ("5m", timedelta(minutes=5)), ("1d", timedelta(minutes=5))]
)
def test_a_threshold_clears_below_its_count_for_as_long_as_its_window_but_five_minutes_at_most(
    within: str, hold: timedelta
) -> None:
    trigger = {"type": "threshold", "count": 4, "within": within}
    assert parse_rule({"name": "x", "condition": ANY_ERROR, "trigger": trigger}).clear == Clear(4, hold)


def test_no_cooldown_and_no_hold_may_be_asked_for() -> None:
    spec = parse_rule({"name": "x", "condition": ANY_ERROR, "cooldown": 0, "clear": {"for": "0s"}})
    assert spec.cooldown == timedelta(0)
    assert spec.clear == Clear(1, timedelta(0))


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"name": None}, "name", "needs a name"),
        ({"name": "   "}, "name", "needs a name"),
        ({"name": "x" * 201}, "name", "200"),
        ({"name": "a\0"}, "name", "NUL"),
        ({"description": 5}, "description", "expected text"),
        ({"description": "x" * 4_001}, "description", "4,000"),
        ({"description": "\udc00"}, "description", "Unicode"),
        ({"enabled": "yes"}, "enabled", "true or false"),
        ({"severity": "fatal"}, "severity", "info, warning, critical"),
        ({"severity": ["info"]}, "severity", "info, warning, critical"),
        ({"condition": None}, "condition", "missing"),
        ({"cooldown": "soon"}, "cooldown", "unit"),
        ({"cooldown": 30}, "cooldown", "unit"),
        ({"cooldown": "8d"}, "cooldown", '"7d"'),
        ({"colour": "red"}, "colour", "unknown"),
        ({"trigger": "each"}, "trigger", "expected an object"),
        ({"trigger": {"type": "often"}, "clear": None}, "trigger.type", "each or threshold"),
        ({"trigger": {"type": ["each"]}, "clear": None}, "trigger.type", "each or threshold"),
        ({"clear": "10m"}, "clear", "expected an object"),
        ({"clear": {"below": 11}}, "clear.below", "1 to 10"),
        ({"clear": {"below": 0}}, "clear.below", "1 to 10"),
        ({"clear": {"for": "10"}}, "clear.for", "unit"),
        ({"clear": {"after": "10m"}}, "clear.after", "unknown"),
    ],
)
def test_a_fault_is_told_with_its_place(change: dict[str, object], path: str, said: str) -> None:
    found = faults(WHOLE | change)
    assert list(found) == [path]
    assert said in found[path]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"count": None}, "trigger.count", "1 to 10,000"),
        ({"count": 0}, "trigger.count", "1 to 10,000"),
        ({"count": 10_001}, "trigger.count", "1 to 10,000"),
        ({"count": "10"}, "trigger.count", "1 to 10,000"),
        ({"count": True}, "trigger.count", "1 to 10,000"),
        ({"within": None}, "trigger.within", "unit"),
        ({"within": "0s"}, "trigger.within", '"1s"'),
        ({"within": "169h"}, "trigger.within", '"7d"'),
        ({"within": "-5m"}, "trigger.within", "unit"),
        ({"within": "5 min"}, "trigger.within", "unit"),
        ({"within": "٥m"}, "trigger.within", "unit"),
        ({"per": "5m"}, "trigger.per", "unknown"),
        ({"group_by": "to"}, "trigger.group_by", "expected a list"),
        ({"group_by": ["to", "from", "status", "kind"]}, "trigger.group_by", "at most 3"),
        ({"group_by": ["to", "body"]}, "trigger.group_by.1", "expected one of"),
        ({"group_by": ["to", "to"]}, "trigger.group_by.1", "twice"),
        ({"group_by": [["to"]]}, "trigger.group_by.0", "expected one of"),
    ],
)
def test_a_fault_in_a_threshold_is_told_with_its_place(change: dict[str, object], path: str, said: str) -> None:
    trigger = {"type": "threshold", "count": 10, "within": "5m"} | change
    found = faults({"name": "x", "condition": ANY_ERROR, "trigger": trigger})
    assert list(found) == [path]
    assert said in found[path]


def test_each_takes_no_count_and_no_window() -> None:
    found = faults({"name": "x", "condition": ANY_ERROR, "trigger": {"type": "each", "count": 3}})
    assert list(found) == ["trigger.count"]


@pytest.mark.parametrize("kind", ["ratio", "absence", "stuck", "change", "new_value", "anomaly"])
def test_a_trigger_of_the_language_that_does_not_exist_yet_is_refused_by_name(kind: str) -> None:
    found = faults({"name": "x", "condition": ANY_ERROR, "trigger": {"type": kind, "min_total": 5}})
    assert found == {"trigger.type": f"trigger '{kind}' is not available yet; use each or threshold"}


def test_faults_of_all_parts_are_told_together() -> None:
    found = faults({"condition": {"all": []}, "trigger": {"type": "threshold"}, "severity": 1, "more": 1})
    assert set(found) == {"more", "condition.all", "trigger.count", "trigger.within", "name", "severity"}
