"""The enabled rules, compiled: made anew only when a rule has changed, and shared by all threads."""

import threading

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.matching.compile import Matcher, compile_rules
from giftpulse.monitor.rules.language import RuleSpec
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.store import fingerprint, spec_of


class Catalogue:
    """Holds the matcher of one database. ``versions`` are those of the rules that it was made of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_of: tuple[object, ...] | None = None
        self._matcher: Matcher[int] = compile_rules(())
        self._versions: dict[int, int] = {}

    def current(self, session: Session) -> tuple[Matcher[int], dict[int, int]]:
        """The matcher of the rules as they are now, and their versions."""
        with self._lock:
            now = fingerprint(session)
            if now != self._made_of:
                self._matcher, self._versions = _compile(session)
                self._made_of = now
            return self._matcher, self._versions


def _taking_part() -> Select[Rule]:
    # What a built-in rule watches is not in the record.
    enabled = select(Rule).where(Rule.enabled, Rule.deleted_at.is_(None), Rule.builtin.is_(None))
    return enabled.order_by(Rule.id)


def _compile(session: Session) -> tuple[Matcher[int], dict[int, int]]:
    specs: list[tuple[int, RuleSpec]] = []
    versions: dict[int, int] = {}
    unreadable: dict[int, str] = {}
    for rule in session.scalars(_taking_part()):
        try:
            specs.append((rule.id, spec_of(rule)))
        except InvalidInputError as error:
            unreadable[rule.id] = str(error)
            continue
        versions[rule.id] = rule.version
    matcher = compile_rules(specs)
    matcher.broken.update(unreadable)
    return matcher, versions
