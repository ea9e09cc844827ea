"""Reading a rule from JSON, in either form, and writing it back in the full form."""

from collections.abc import Mapping
from typing import Any, cast

from giftpulse.monitor.rules.conditions import condition_to_json, read_condition
from giftpulse.monitor.rules.durations import read_duration, write_duration
from giftpulse.monitor.rules.language import (
    DEFAULT_COOLDOWN,
    MAX_DESCRIPTION,
    MAX_NAME,
    SEVERITIES,
    Condition,
    RuleSpec,
    Severity,
    Trigger,
)
from giftpulse.monitor.rules.problems import Problems, described, listed
from giftpulse.monitor.rules.seed_form import SHORT_KEYS, expand
from giftpulse.monitor.rules.triggers import clear_to_json, read_clear, read_trigger, trigger_to_json
from giftpulse.monitor.rules.values import readable

_COMMON_KEYS = ("name", "description", "enabled", "severity", "clear", "cooldown")
_FULL_KEYS = ("condition", "trigger")


def is_short_form(data: Mapping[str, object]) -> bool:
    """Whether the rule is written in the seeds' short form."""
    return any(key in data for key in SHORT_KEYS)


def parse_rule(data: Mapping[str, object]) -> RuleSpec:
    """The rule that ``data`` says. Raises InvalidInputError with every fault that was found, not only the first."""
    problems = Problems()
    problems.unknown_keys(data, (*_COMMON_KEYS, *_FULL_KEYS, *SHORT_KEYS), "")
    condition, trigger = _condition_and_trigger(data, problems)
    parts: dict[str, Any] = {
        "name": _name(data.get("name"), problems),
        "description": _description(data.get("description"), problems),
        "enabled": _enabled(data.get("enabled"), problems),
        "severity": _severity(data.get("severity"), problems),
        "clear": read_clear(data.get("clear"), trigger, problems),
        "cooldown": DEFAULT_COOLDOWN,
    }
    if data.get("cooldown") is not None:
        parts["cooldown"] = read_duration(data["cooldown"], "cooldown", problems, shortest=0)
    problems.raise_if_any()
    return RuleSpec(condition=cast(Condition, condition), trigger=cast(Trigger, trigger), **parts)


def parse_condition(data: object) -> Condition:
    """A condition alone. Raises InvalidInputError with every fault, under paths that start with ``condition``."""
    problems = Problems()
    condition = read_condition(data, "condition", problems)
    problems.raise_if_any()
    return cast(Condition, condition)


def rule_to_json(spec: RuleSpec) -> dict[str, object]:
    """The rule in the full form, with nothing left to defaults; ``parse_rule`` gives an equal rule back."""
    return {
        "name": spec.name,
        "description": spec.description,
        "enabled": spec.enabled,
        "severity": spec.severity,
        "condition": condition_to_json(spec.condition),
        "trigger": trigger_to_json(spec.trigger),
        "clear": clear_to_json(spec.clear),
        "cooldown": write_duration(spec.cooldown),
    }


def _condition_and_trigger(data: Mapping[str, object], problems: Problems) -> tuple[Condition | None, Trigger | None]:
    if not is_short_form(data):
        if data.get("condition") is None:
            problems.add("condition", "missing; a rule needs a condition (or pattern_type and pattern_value)")
            return None, read_trigger(data.get("trigger"), problems)
        condition = read_condition(data["condition"], "condition", problems)
        return condition, read_trigger(data.get("trigger"), problems)
    if both := [key for key in _FULL_KEYS if key in data]:
        short = [key for key in SHORT_KEYS if key in data]
        reason = f"a rule is written either in full or in short ({listed(short)}), not both; neither is used"
        for key in both:
            problems.add(key, reason)
        return None, None
    return _expanded(data, problems)


def _expanded(data: Mapping[str, object], problems: Problems) -> tuple[Condition | None, Trigger | None]:
    before = len(problems.found)
    full = expand(data, problems)
    if len(problems.found) > before:
        return None, None
    return read_condition(full["condition"], "condition", problems), read_trigger(full["trigger"], problems)


def _name(raw: object, problems: Problems) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        problems.add("name", "missing; a rule needs a name")
    elif len(text) > MAX_NAME:
        problems.add("name", f"at most {MAX_NAME} characters")
    elif reason := readable(text):
        problems.add("name", reason)
    return text


def _description(raw: object, problems: Problems) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        problems.add("description", f"expected text, got {described(raw)}")
        return ""
    if len(raw) > MAX_DESCRIPTION:
        problems.add("description", f"at most {MAX_DESCRIPTION:,} characters")
    elif reason := readable(raw):
        problems.add("description", reason)
    return raw


def _enabled(raw: object, problems: Problems) -> bool:
    if raw is not None and not isinstance(raw, bool):
        problems.add("enabled", f"expected true or false, got {described(raw)}")
    return raw is not False


def _severity(raw: object, problems: Problems) -> Severity:
    if raw is None:
        return "warning"
    if raw not in SEVERITIES:
        problems.add("severity", f"expected one of {listed(SEVERITIES)}")
        return "warning"
    return raw
