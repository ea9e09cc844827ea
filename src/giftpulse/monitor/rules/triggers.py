"""Reading and writing when a match becomes an alert (the trigger) and when that alert is over (clear)."""

from collections.abc import Mapping
from datetime import timedelta

from giftpulse.monitor.rules.durations import read_duration, write_duration
from giftpulse.monitor.rules.fields import GROUPABLE
from giftpulse.monitor.rules.language import (
    EACH_CLEARS_AFTER,
    LATER_TRIGGERS,
    MAX_COUNT,
    MAX_GROUP_BY,
    THRESHOLD_CLEARS_WITHIN,
    Clear,
    Each,
    Threshold,
    Trigger,
)
from giftpulse.monitor.rules.problems import Problems, described, listed

_EACH_KEYS = ("type", "group_by")
_THRESHOLD_KEYS = ("type", "count", "within", "group_by")


def read_trigger(raw: object, problems: Problems) -> Trigger | None:
    """The trigger; ``each`` when nothing is said. None when refused."""
    if raw is None:
        return Each()
    if not isinstance(raw, Mapping):
        problems.add("trigger", f'expected an object such as {{"type": "each"}}, got {described(raw)}')
        return None
    kind = raw.get("type")
    if isinstance(kind, str) and kind in LATER_TRIGGERS:
        problems.add("trigger.type", f"trigger '{kind}' is not available yet; use each or threshold")
        return None
    if kind not in ("each", "threshold"):
        problems.add("trigger.type", "expected each or threshold")
        return None
    group_by = read_group_by(raw.get("group_by"), "trigger.group_by", problems)
    if kind == "each":
        problems.unknown_keys(raw, _EACH_KEYS, "trigger")
        return None if group_by is None else Each(group_by)
    problems.unknown_keys(raw, _THRESHOLD_KEYS, "trigger")
    count = read_count(raw.get("count"), "trigger.count", problems)
    within = read_duration(raw.get("within"), "trigger.within", problems, shortest=1)
    if count is None or within is None or group_by is None:
        return None
    return Threshold(count, within, group_by)


def read_count(raw: object, path: str, problems: Problems, highest: int = MAX_COUNT) -> int | None:
    """A whole number from 1 to ``highest``."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= highest:
        problems.add(path, f"expected a whole number from 1 to {highest:,}")
        return None
    return raw


def read_group_by(raw: object, path: str, problems: Problems) -> tuple[str, ...] | None:
    """Up to three different fields that may be grouped by; none when nothing is said."""
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        problems.add(path, f"expected a list of fields, got {described(raw)}")
        return None
    if len(raw) > MAX_GROUP_BY:
        problems.add(path, f"at most {MAX_GROUP_BY} fields")
        return None
    before = len(problems.found)
    for i, name in enumerate(raw):
        if name not in GROUPABLE:
            problems.add(f"{path}.{i}", f"expected one of {listed(GROUPABLE)}")
        elif name in raw[:i]:
            problems.add(f"{path}.{i}", "named twice")
    return tuple(str(name) for name in raw) if len(problems.found) == before else None


def read_clear(raw: object, trigger: Trigger | None, problems: Problems) -> Clear | None:
    """When the alert resolves; what is not said is taken from the trigger. None when refused."""
    usual = default_clear(trigger or Each())
    if raw is None:
        return usual
    if not isinstance(raw, Mapping):
        problems.add("clear", f'expected an object such as {{"for": "10m"}}, got {described(raw)}')
        return None
    problems.unknown_keys(raw, ("below", "for"), "clear")
    # With the trigger itself refused, its count is unknown: any sound number will do for now.
    highest = usual.below if trigger else MAX_COUNT
    below, hold = usual.below, usual.hold
    if raw.get("below") is not None:
        below = read_count(raw["below"], "clear.below", problems, highest) or 0
    if raw.get("for") is not None:
        read = read_duration(raw["for"], "clear.for", problems, shortest=0)
        hold = timedelta(0) if read is None else read
    return Clear(below, hold)


def default_clear(trigger: Trigger) -> Clear:
    """Each: no match for ten minutes. Threshold: below its count for as long as its window, five minutes at most."""
    if isinstance(trigger, Threshold):
        return Clear(trigger.count, min(trigger.within, THRESHOLD_CLEARS_WITHIN))
    return Clear(1, EACH_CLEARS_AFTER)


def trigger_to_json(trigger: Trigger) -> dict[str, object]:
    """The trigger in the full form."""
    group_by = list(trigger.group_by)
    if isinstance(trigger, Threshold):
        within = write_duration(trigger.within)
        return {"type": "threshold", "count": trigger.count, "within": within, "group_by": group_by}
    return {"type": "each", "group_by": group_by}


def clear_to_json(clear: Clear) -> dict[str, object]:
    """When the alert resolves, in the full form."""
    return {"below": clear.below, "for": write_duration(clear.hold)}
