"""Rules kept and asked for."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from giftpulse.ground.database import announce
from giftpulse.ground.errors import ConflictError, FieldError, InvalidInputError, NotFoundError
from giftpulse.monitor.rules.language import RuleSpec
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.parse import is_short_form, parse_rule, rule_to_json
from giftpulse.monitor.rules.seed_form import SHORT_KEYS
from giftpulse.monitor.rules.triggers import default_clear

CHANGED = "rules.changed"
"""The announcement that a rule was made, changed or deleted."""

_FULL_KEYS = ("condition", "trigger")
_YOURS = ("enabled", "severity", "cooldown")  # of a built-in rule


def create(session: Session, data: Mapping[str, object], now: datetime) -> Rule:
    """Make a rule from JSON in either form. Raises InvalidInputError with every fault."""
    rule = Rule(created_at=now, version=0, matched=0)
    _put(session, rule, data, now)
    session.add(rule)
    session.flush()
    return rule


def replace(session: Session, rule_id: int, data: Mapping[str, object], now: datetime) -> Rule:
    """Put a new text in place of a rule's. Its alerts of the old text are closed by the close round."""
    rule = get(session, rule_id, lock=True)
    _put(session, rule, data, now)
    session.flush()
    return rule


def patch(session: Session, rule_id: int, changes: Mapping[str, object], now: datetime) -> Rule:
    """Change some fields. A rule keeps the form that it is written in, until fields of the other one come."""
    rule = get(session, rule_id, lock=True)
    kept = json.loads(rule.spec)
    short = json.loads(rule.short_form) if rule.short_form else {}
    if _clears_by_default(rule) or (is_short_form(changes) and not short):
        del kept["clear"]  # that of the new trigger, whatever it is
    if not any(key in changes for key in _FULL_KEYS) and (short or is_short_form(changes)):
        kept = {key: value for key, value in kept.items() if key not in _FULL_KEYS}
        kept |= {key: short[key] for key in SHORT_KEYS if key in short}
        if changes.get("pattern_type") not in (None, "threshold"):
            kept = {key: value for key, value in kept.items() if not key.startswith("threshold_")}
    _put(session, rule, {**kept, **changes}, now)
    session.flush()
    return rule


def _clears_by_default(rule: Rule) -> bool:
    try:
        spec = spec_of(rule)
    except InvalidInputError:
        return False
    return spec.clear == default_clear(spec.trigger)


def delete(session: Session, rule_id: int, now: datetime) -> None:
    """Take a rule out of service for good. Its alerts, and what was told of them, stay. Raises ConflictError for a
    built-in one."""
    rule = get(session, rule_id, lock=True)
    if rule.builtin is not None:
        raise ConflictError("a built-in rule cannot be deleted; switch it off with enabled: false")
    rule.deleted_at = rule.updated_at = now
    rule.enabled = False
    rule.version += 1
    announce(session, CHANGED)


def get(session: Session, rule_id: int, *, lock: bool = False) -> Rule:
    """A rule that is not deleted. Raises NotFoundError."""
    statement = select(Rule).where(Rule.id == rule_id, Rule.deleted_at.is_(None))
    rule = session.scalar(statement.with_for_update() if lock else statement)
    if rule is None:
        raise NotFoundError(f"there is no rule {rule_id}")
    return rule


def listed() -> Select[Rule]:
    """All rules that are not deleted."""
    return select(Rule).where(Rule.deleted_at.is_(None))


def written() -> Select[Rule]:
    """Those of them that somebody wrote: all but the built-in ones."""
    return listed().where(Rule.builtin.is_(None))


def spec_of(rule: Rule) -> RuleSpec:
    """A stored rule, read. Raises InvalidInputError if a newer program no longer takes what an older one stored."""
    return parse_rule(json.loads(rule.spec))


def fingerprint(session: Session) -> tuple[object, ...]:
    """Changes whenever any rule does: what tells a compiled matcher that it is out of date."""
    newest = select(func.count(), func.sum(Rule.version), func.max(Rule.updated_at)).select_from(Rule)
    return tuple(session.execute(newest).one())


def _put(session: Session, rule: Rule, data: Mapping[str, object], now: datetime) -> None:
    data = _in_one_form(data)
    spec = parse_rule(data)
    if rule.builtin is not None:
        _keep_builtin(json.loads(rule.spec), rule_to_json(spec))
    if _means(rule_to_json(spec)) != _means(json.loads(rule.spec) if rule.spec else {}):
        rule.version += 1  # closes what the old text opened, and counts anew
    rule.name, rule.enabled = spec.name, spec.enabled
    rule.spec = json.dumps(rule_to_json(spec))
    rule.short_form = json.dumps(dict(data)) if is_short_form(data) else None
    rule.updated_at, rule.broken = now, None
    announce(session, CHANGED)


def _keep_builtin(kept: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Of a built-in rule only what is told of it can be changed, not what it looks for."""
    changed = [key for key in kept if key not in _YOURS and kept[key] != wanted.get(key)]
    if changed:
        reason = f"cannot be changed in a built-in rule; {', '.join(_YOURS)} can"
        raise InvalidInputError(*(FieldError(key, reason) for key in changed))


def _means(spec: Mapping[str, object]) -> dict[str, object]:
    """The part of a rule that decides what it finds. A better name or another severity changes none of it."""
    return {key: spec.get(key) for key in ("enabled", "condition", "trigger", "clear")}


def _in_one_form(data: Mapping[str, object]) -> Mapping[str, object]:
    """We show a rule of the short form in both; sent back so, it is that rule. Where the two forms differ, nobody knows
    which one is meant: then both are left for ``parse_rule`` to refuse."""
    if not is_short_form(data) or not any(key in data for key in _FULL_KEYS):
        return data
    short = {key: value for key, value in data.items() if key not in _FULL_KEYS}
    full = {key: value for key, value in data.items() if key not in SHORT_KEYS}
    try:
        return short if parse_rule(short) == parse_rule(full) else data
    except InvalidInputError:
        return data
