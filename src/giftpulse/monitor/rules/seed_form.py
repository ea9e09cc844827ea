"""The short form of a rule (pattern_type, pattern_value, log_type, threshold_...), written out in full.

A call has no error code of its own in Twilio, so an ``error_code`` rule on calls looks at the alerts
whose resource is a call. ``error``, ``warning`` and ``debug`` are the log types of earlier installations:
they are alerts of that level, and ``debug`` there held Twilio's ``notice`` too.
"""

from collections.abc import Mapping

from giftpulse.monitor.rules.conditions import read_condition
from giftpulse.monitor.rules.fields import KINDS
from giftpulse.monitor.rules.language import MAX_CONDITION_BYTES, MAX_COUNT, MAX_DURATION
from giftpulse.monitor.rules.problems import Problems, described, listed
from giftpulse.monitor.rules.values import readable

SHORT_KEYS = ("log_type", "pattern_type", "pattern_value", "threshold_count", "threshold_window_minutes")
"""The keys of the short form. A body with any of them is in the short form."""

_PATTERN_TYPES = ("error_code", "regex", "status", "threshold")
_LEVELS = {"error": ["error"], "warning": ["warning"], "debug": ["debug", "notice"]}
_MAX_MINUTES = int(MAX_DURATION.total_seconds()) // 60
_CALL_SID = "CA"

Json = dict[str, object]


def expand(data: Mapping[str, object], problems: Problems) -> Json:
    """``condition`` and ``trigger`` of the full form. What is wrong is noted under the short form's keys."""
    log_type = _log_type(data.get("log_type"), problems)
    kind = data.get("pattern_type")
    kind = kind.strip().lower() if isinstance(kind, str) else kind
    if kind not in _PATTERN_TYPES:
        problems.add("pattern_type", f"expected one of {listed(_PATTERN_TYPES)}")
        return {}
    trigger = _trigger(data, kind == "threshold", problems)
    value = _text_of(data.get("pattern_value"), problems)
    if value is None:
        return {}
    if kind == "threshold":
        kind, value = _counted(value, problems)
    if kind is None:
        return {}
    pattern = _pattern(kind, value, problems)
    if pattern is None:
        return {}
    parts = [*_scope(log_type, kind), *pattern]
    condition: Json = parts[0] if len(parts) == 1 else {"all": parts}
    _check(condition, problems)
    return {"condition": condition, "trigger": trigger}


def _log_type(raw: object, problems: Problems) -> str:
    text = "any" if raw is None else raw
    known = (*KINDS, *_LEVELS, "any")
    if isinstance(text, str) and text.strip().lower() in known:
        return text.strip().lower()
    problems.add("log_type", f"expected one of {listed(known)}, or null for any")
    return "any"


def _text_of(raw: object, problems: Problems) -> str | None:
    if raw is None:
        return ""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**9:
        return str(raw)
    if not isinstance(raw, str):
        problems.add("pattern_value", f"expected text, got {described(raw)}")
        return None
    reason = readable(raw)
    if len(raw) > MAX_CONDITION_BYTES:
        reason = f"at most {MAX_CONDITION_BYTES:,} characters"
    if reason:
        problems.add("pattern_value", reason)
        return None
    return raw


def _trigger(data: Mapping[str, object], wanted: bool, problems: Problems) -> Json:
    limits = {"threshold_count": MAX_COUNT, "threshold_window_minutes": _MAX_MINUTES}
    if not wanted:
        for key in limits:
            if data.get(key) is not None:
                problems.add(key, "only pattern_type 'threshold' counts; leave it out or null")
        return {"type": "each"}
    for key, highest in limits.items():
        number = data.get(key)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= highest:
            problems.add(key, f"a threshold needs a whole number from 1 to {highest:,} here")
    within = f"{data.get('threshold_window_minutes')}m"
    return {"type": "threshold", "count": data.get("threshold_count"), "within": within}


def _counted(value: str, problems: Problems) -> tuple[str | None, str]:
    """What a threshold counts: ``status:...``, ``error_code:...``, ``regex:...``, or everything."""
    if value.strip() in ("", "*"):
        return "everything", ""
    kind, colon, rest = value.partition(":")
    if colon and kind.strip().lower() in ("status", "error_code", "regex"):
        return kind.strip().lower(), rest
    expected = 'expected "status:...", "error_code:...", "regex:...", or "*" to count everything'
    problems.add("pattern_value", expected)
    return None, ""


def _pattern(kind: str, value: str, problems: Problems) -> list[Json] | None:
    if kind == "everything":
        return []
    if kind == "regex":
        return [{"any": [{"field": name, "op": "regex", "value": value} for name in ("text", "body")]}]
    items = [item.strip() for item in value.split(",") if item.strip()]
    if not items:
        problems.add("pattern_value", f"expected one {kind} or more, separated by commas")
        return None
    if kind == "error_code" and (wrong := [item for item in items if not _is_code(item)]):
        problems.add("pattern_value", f"error codes are numbers; got '{wrong[0][:40]}'")
        return None
    return [{"field": kind, "op": "in", "value": items}]


def _is_code(item: str) -> bool:
    return item.isascii() and item.isdigit() and len(item) <= 9


def _scope(log_type: str, kind: str) -> list[Json]:
    if log_type in _LEVELS:
        level: Json = {"field": "log_level", "op": "in", "value": _LEVELS[log_type]}
        return [{"field": "kind", "op": "eq", "value": "alert"}, level]
    if log_type == "call" and kind == "error_code":
        of_call: Json = {"field": "resource_sid", "op": "prefix", "value": _CALL_SID}
        return [{"field": "kind", "op": "eq", "value": "alert"}, of_call]
    if log_type != "any":
        return [{"field": "kind", "op": "eq", "value": log_type}]
    return [{"field": "kind", "op": "exists", "value": True}] if kind == "everything" else []


def _check(condition: Json, problems: Problems) -> None:
    """Note what the full form would refuse, under the key that the user wrote."""
    found = Problems()
    read_condition(condition, "", found)
    for reason in dict.fromkeys(error.reason for error in found.found):
        problems.add("pattern_value", reason)
