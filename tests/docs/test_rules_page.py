"""docs/rules.md: its tables of fields, limits and semantics are what the code does."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from giftpulse.logs.entry import Entry
from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.matching.groups import millis
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.notify.decide import Facts, decide
from giftpulse.monitor.rules import language, patterns
from giftpulse.monitor.rules.fields import FIELDS
from giftpulse.monitor.rules.language import RuleSpec
from giftpulse.monitor.rules.parse import parse_condition, parse_rule
from tests.docs.pages import HOUSE, table

PAGE = (HOUSE / "docs" / "rules.md").read_text()
DAY = datetime(2026, 1, 2, tzinfo=UTC)
ANY = {"field": "kind", "op": "exists", "value": True}


def instant(text: str) -> datetime:
    """``12:34:56`` of one day."""
    return datetime.combine(DAY, datetime.strptime(text, "%H:%M:%S").replace(tzinfo=UTC).timetz())


def rule(**parts: Any) -> RuleSpec:
    return parse_rule({"name": "of the page", "condition": ANY, **parts})


def test_the_table_of_fields_is_complete_and_true() -> None:
    shown = [(name, kind, tuple(re.findall(r"\w+", ops)), grouped) for name, kind, ops, grouped, _ in _fields()]
    assert shown == [
        (field.name, field.type, field.ops, "yes" if field.groupable else "no") for field in FIELDS.values()
    ]


def _fields() -> list[list[str]]:
    return table("docs/rules.md", "fields")


def test_the_keys_are_those_of_a_rule() -> None:
    section = PAGE.split("## The full form", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [
        "name", "description", "enabled", "severity", "condition", "trigger", "clear", "cooldown"
    ]  # fmt: skip
    assert {field.name for field in fields(RuleSpec)} == set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_the_limits_are_true() -> None:
    section = PAGE.split("### Limits", 1)[1].split("\n## ", 1)[0]
    numbers = [int(n.replace(",", "")) for n in re.findall(r"\| ([\d,]+)(?: bytes)? \|$", section, re.MULTILINE)]
    assert numbers == [
        language.MAX_CONDITION_BYTES, language.MAX_NODES, language.MAX_DEPTH, language.MAX_LIST,
        patterns.MAX_PATTERN_BYTES, language.MAX_COUNT, language.MAX_GROUP_BY,
    ]  # fmt: skip


@pytest.mark.parametrize(("condition", "record", "matches"), table("docs/rules.md", "null"))
def test_null(condition: str, record: str, matches: str) -> None:
    entry = Entry(account_sid="AC", sid="SM", **json.loads(record))
    assert holds(parse_condition(json.loads(condition)), entry) is (matches == "yes")


@pytest.mark.parametrize(("trigger", "clear", "times", "opens", "resolves"), table("docs/rules.md", "windows"))
def test_windows(trigger: str, clear: str, times: str, opens: str, resolves: str) -> None:
    spec = rule(trigger=json.loads(trigger), clear=json.loads(clear))
    window, opened_with = Window.of(spec.trigger), "-"
    for time in times.split():
        if window.add([millis(instant(time))]) and opened_with == "-":
            opened_with = time
    assert opened_with == opens
    if opens != "-":
        assert window.clears_at(spec.clear) == millis(instant(resolves))


@pytest.mark.parametrize(("cooldown", "told", "opens", "tells"), table("docs/rules.md", "cooldown"))
def test_cooldown(cooldown: str, told: str, opens: str, tells: str) -> None:
    facts = Facts(
        rule_id=1, severity="warning", group={}, resolved=False, acknowledged=False, told_at=None,
        group_told_at=instant(told), cooldown=rule(cooldown=cooldown).cooldown,
    )  # fmt: skip
    decision = decide(facts, (), instant(opens))
    if tells == opens:
        assert decision.tell == "firing"
    else:
        assert decision.tell is None
        assert decision.again_at == instant(tells)
        assert decide(facts, (), instant(tells)).tell == "firing"


def test_the_defaults_are_true() -> None:
    assert rule().clear.hold == timedelta(minutes=10)
    assert rule().cooldown == timedelta(minutes=30)
    assert rule().severity == "warning"
    assert "`10m`" in PAGE
    assert "at most `7d`" in PAGE
    assert timedelta(days=7) == language.MAX_DURATION


def test_triggers_to_come_are_named() -> None:
    for name in language.LATER_TRIGGERS:
        assert f"`{name}`" in PAGE
