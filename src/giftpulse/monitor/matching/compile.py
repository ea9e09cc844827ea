"""All rules compiled into one matcher. Adding a rule costs far less than asking one more question."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from giftpulse.monitor.matching.folding import Folded, fold
from giftpulse.monitor.matching.groups import Group, group_getter
from giftpulse.monitor.matching.plan import Plan
from giftpulse.monitor.matching.predicates import Predicate, Predicates
from giftpulse.monitor.matching.probes import Searches
from giftpulse.monitor.matching.record import Record
from giftpulse.monitor.rules.fields import KINDS
from giftpulse.monitor.rules.language import RuleSpec

K = TypeVar("K", bound=Hashable)

_UNKNOWN_KIND = ""
_by_number = itemgetter(0)


class Matcher(Generic[K]):
    """Which rules match a record. Made by ``compile_rules``; immutable, safe to share between threads.

    ``rules`` are those that take part; ``broken`` are those that could not be compiled, with the reason;
    ``group_labels`` are the fields that each rule groups by, in the order of ``group_of``'s values.
    """

    def __init__(self, rules: dict[K, RuleSpec], tests: dict[K, Predicate], broken: dict[K, str]) -> None:
        self.rules = rules
        self.broken = broken
        self.group_labels: dict[K, tuple[str, ...]] = {key: spec.trigger.group_by for key, spec in rules.items()}
        self._tests = tests
        self._groups: dict[K, Callable[[Record], Group]] = {
            key: group_getter(labels) for key, labels in self.group_labels.items()
        }
        self._plans = _plans(rules)

    def match(self, record: Record) -> list[K]:
        """The rules whose condition holds for the record, in no promised order."""
        found: list[tuple[int, K]] = []
        self._plan(record.kind).match((0,), (record,), found)
        return [key for _, key in found]

    def match_many(self, records: Sequence[Record]) -> list[tuple[int, K]]:
        """Every (position in ``records``, rule) that match, by position; far cheaper than one by one."""
        by_kind: dict[str, tuple[list[int], list[Record]]] = defaultdict(lambda: ([], []))
        for number, record in enumerate(records):
            numbers, same = by_kind[record.kind]
            numbers.append(number)
            same.append(record)
        found: list[tuple[int, K]] = []
        for kind, (numbers, same) in by_kind.items():
            self._plan(kind).match(numbers, same, found)
        found.sort(key=_by_number)
        return found

    def matches(self, key: K, record: Record) -> bool:
        """Whether one rule's condition holds for one record. KeyError for a rule that takes no part."""
        return self._tests[key](record)

    def group_of(self, key: K, record: Record) -> Group:
        """The record's group under the rule: the values of ``group_labels[key]``, () when it does not group."""
        return self._groups[key](record)

    def _plan(self, kind: str) -> Plan[K]:
        return self._plans.get(kind) or self._plans[_UNKNOWN_KIND]


def compile_rules(rules: Iterable[tuple[K, RuleSpec]]) -> Matcher[K]:
    """One matcher for all the rules, enabled or not: leave out those that should take no part.

    A rule that cannot be compiled (a pattern that this version of RE2 refuses, a field that is gone) is left
    out and told in ``broken``; it stops no other.
    """
    predicates = Predicates()
    sound: dict[K, RuleSpec] = {}
    tests: dict[K, Predicate] = {}
    broken: dict[K, str] = {}
    for key, spec in rules:
        try:
            tests[key] = predicates.of(spec.condition)
            group_getter(spec.trigger.group_by)
        except (ValueError, LookupError, TypeError, AttributeError) as fault:
            broken[key] = f"{type(fault).__name__}: {fault}"
        else:
            sound[key] = spec
    return Matcher(sound, tests, broken)


def _plans(rules: dict[K, RuleSpec]) -> dict[str, Plan[K]]:
    """One plan per kind, and one for kinds that we do not know yet. Equal conditions are one condition."""
    searches, predicates = Searches(), Predicates()
    plans = {}
    for kind in (*KINDS, _UNKNOWN_KIND):
        conditions: dict[Folded, list[K]] = defaultdict(list)
        for key, spec in rules.items():
            conditions[fold(spec.condition, kind)].append(key)
        frozen = {condition: tuple(keys) for condition, keys in conditions.items()}
        plans[kind] = Plan(frozen, predicates, searches)
    return plans
