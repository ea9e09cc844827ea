"""Rules kept and asked for."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from giftpulse.ground.database import announce
from giftpulse.ground.errors import NotFoundError
from giftpulse.monitor.rules.language import RuleSpec
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.parse import is_short_form, parse_rule, rule_to_json

CHANGED = "rules.changed"
"""The announcement that a rule was made, changed or deleted."""


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
    """Change some fields. A rule in the short form may be patched by its own short fields."""
    rule = get(session, rule_id, lock=True)
    full = json.loads(rule.spec)
    if rule.short_form is not None and is_short_form(changes):
        full = {**{k: full[k] for k in ("severity", "clear", "cooldown")}, **json.loads(rule.short_form)}
    elif is_short_form(changes):
        full = {key: value for key, value in full.items() if key not in ("condition", "trigger", "clear")}
    _put(session, rule, {**full, **changes}, now)
    session.flush()
    return rule


def delete(session: Session, rule_id: int, now: datetime) -> None:
    """Take a rule out of service for good. Its alerts, and what was told of them, stay."""
    rule = get(session, rule_id, lock=True)
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


def spec_of(rule: Rule) -> RuleSpec:
    """A stored rule, read. Raises InvalidInputError if a newer program no longer takes what an older one stored."""
    return parse_rule(json.loads(rule.spec))


def fingerprint(session: Session) -> tuple[int, int]:
    """Changes whenever any rule does: what tells a compiled matcher that it is out of date."""
    row = session.execute(select(func.count(), func.coalesce(func.sum(Rule.version), 0)).select_from(Rule)).one()
    return int(row[0]), int(row[1])


def _put(session: Session, rule: Rule, data: Mapping[str, object], now: datetime) -> None:
    spec = parse_rule(data)
    rule.name, rule.enabled = spec.name, spec.enabled
    rule.spec = json.dumps(rule_to_json(spec))
    rule.short_form = json.dumps(dict(data)) if is_short_form(data) else None
    rule.version += 1
    rule.updated_at, rule.broken = now, None
    announce(session, CHANGED)
