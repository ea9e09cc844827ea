"""Rules of ours, that are there from the start: they watch GiftPulse itself, and stand beside those of the user.

They are no part of what is matched; whoever watches for them opens their alerts. Actions, silences, severity and
cooldown are those of any rule.
"""

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.ground.bulk import is_sqlite
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.parse import parse_rule, rule_to_json

BLIND = "blind"

BLIND_ID = 0
"""Users' rules begin with 1. A fixed id makes it impossible that two processes add the rule twice."""

_BLIND = {
    "name": "GiftPulse is blind",
    "description": (
        "GiftPulse does not see what happens, or sees it late: a list of Twilio's could not be fetched for more than "
        "three polls, changes wait for the rules for more than five minutes, or a round does not run. It resolves when "
        "GiftPulse sees again. Other alerts do not resolve meanwhile."
    ),
    "severity": "critical",
    # Never true of a record: this rule is not asked about any.
    "condition": {"field": "kind", "op": "exists", "value": False},
    "clear": {"for": "0s"},
}


def plant(session: Session, now: datetime) -> None:
    """Add the built-in rules that are not there yet."""
    if session.scalar(select(Rule.id).where(Rule.id == BLIND_ID)) is not None:
        return
    spec = rule_to_json(parse_rule(_BLIND))
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    values = {
        "id": BLIND_ID, "name": spec["name"], "enabled": True, "spec": json.dumps(spec), "version": 1,
        "created_at": now, "updated_at": now, "matched": 0, "builtin": BLIND,
    }  # fmt: skip
    session.execute(insert(Rule).values(values).on_conflict_do_nothing())
