"""The rules as they bear on records of one kind: filed under keys, and asked column by column."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from giftpulse.monitor.matching.folding import Folded
from giftpulse.monitor.matching.guards import Guard, Key, guard_of
from giftpulse.monitor.matching.predicates import Predicate, Predicates
from giftpulse.monitor.matching.probes import Batch, Entry, Probe, Searches, probes_of

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Candidate(Generic[K]):
    """A condition that a key does not settle: ``test`` (if any) decides, and ``often`` says that several keys
    of it may be present in one record, which must be told only once."""

    rules: tuple[K, ...]
    test: Predicate | None
    often: bool


class Plan(Generic[K]):
    """Which rules match records of one kind. Immutable once made; safe to share between threads."""

    def __init__(self, conditions: Mapping[Folded, tuple[K, ...]], predicates: Predicates, searches: Searches) -> None:
        self._everything: tuple[K, ...] = conditions.get(True, ())
        self._unguarded: list[Candidate[K]] = []
        filed: dict[Key, Entry] = {}
        for condition, rules in conditions.items():
            if isinstance(condition, bool):
                continue
            guard = guard_of(condition)
            if guard is None:
                self._unguarded.append(Candidate(rules, predicates.of(condition), often=False))
            else:
                _file(filed, guard, rules, predicates)
        self._probes: list[Probe] = probes_of(filed, searches)

    def match(self, numbers: Sequence[int], records: Sequence[Any], found: list[tuple[int, K]]) -> None:
        """Add (number, rule) to ``found`` for every record and rule that match, each pair once."""
        batch: Batch = (numbers, records)
        for key in self._everything:
            found += [(number, key) for number in numbers]
        for candidate in self._unguarded:
            _ask_all(candidate, batch, found)
        told: set[tuple[int, Candidate[K]]] = set()
        for probe in self._probes:
            for number, record, (settled, candidates) in probe(batch):
                for key in settled:
                    found.append((number, key))
                for candidate in candidates:
                    if candidate.often:
                        if (number, candidate) in told:
                            continue
                        told.add((number, candidate))
                    if candidate.test is None or candidate.test(record):
                        for key in candidate.rules:
                            found.append((number, key))


def _ask_all(candidate: Candidate[K], batch: Batch, found: list[tuple[int, K]]) -> None:
    test = candidate.test
    for number, record in zip(*batch, strict=True):
        if test is None or test(record):
            found += [(number, key) for key in candidate.rules]


def _file(filed: dict[Key, Entry], guard: Guard, rules: tuple[K, ...], predicates: Predicates) -> None:
    test = None if guard.rest is None else predicates.of(guard.rest)
    often = _may_meet_twice(guard.keys)
    for key in guard.keys:
        entry = filed.setdefault(key, ([], []))
        if test is None and not often:
            entry[0].extend(rules)
    if test is not None or often:
        candidate = Candidate(rules, test, often)
        for key in guard.keys:
            filed[key][1].append(candidate)


def _may_meet_twice(keys: tuple[Key, ...]) -> bool:
    """One field has one value, so keys of equality with one field exclude each other; all others may meet."""
    return len(keys) > 1 and (len({key.field for key in keys}) > 1 or any(key.way != "equal" for key in keys))
