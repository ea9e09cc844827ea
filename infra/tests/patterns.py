"""Patterns of EventBridge, as far as ours go: what they catch can be tried without AWS."""

from typing import Any


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether a pattern catches an event: all of its keys, and one of ``$or``."""
    return all(
        any(matches(each, event) for each in wanted) if key == "$or" else _one_of(wanted, event.get(key))
        for key, wanted in pattern.items()
    )


def _one_of(wanted: Any, found: Any) -> bool:
    """What is in a list is there if one of it is; a key that is missing is never there."""
    every = found if isinstance(found, list) else [] if found is None else [found]
    if isinstance(wanted, dict):
        return any(matches(wanted, each) for each in every)
    return any(_is(each, value) for each in wanted for value in every)


def _is(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == value)
    ((kind, words),) = wanted.items()
    if kind == "prefix":
        return str(value).startswith(words)
    assert kind == "anything-but", f"unknown here: {kind}"
    return value not in words
