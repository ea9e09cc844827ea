"""One probe per field and way of looking: it reads a field of all records and yields what is filed there.

Columns instead of records: reading one attribute of a thousand records and looking each up is a few C loops,
where a thousand records with a dozen look-ups each would be Python all the way.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from giftpulse.monitor.matching.guards import Key
from giftpulse.monitor.matching.search import search_for
from giftpulse.monitor.rules.fields import FIELDS
from giftpulse.monitor.rules.patterns import Search, encoded

Entry = tuple[list[Any], list[Any]]
"""What is filed under a key: rules that it settles, candidates that it does not."""
Hit = tuple[tuple[Any, ...], tuple[Any, ...]]
Batch = tuple[Sequence[int], Sequence[Any]]
"""Numbers of the records, and the records."""
Probe = Callable[[Batch], Iterable[tuple[int, Any, Hit]]]


class Searches:
    """Makes searches for sets of patterns; an identical set, for whatever field or kind, is made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Search] = {}

    def of(self, patterns: tuple[str, ...]) -> Search:
        """The search for these patterns, in this order."""
        if patterns not in self._known:
            self._known[patterns] = search_for(patterns)
        return self._known[patterns]


def probes_of(filed: dict[Key, Entry], searches: Searches) -> list[Probe]:
    """The probes that together look every key up."""
    groups: dict[tuple[str, str], dict[Any, Hit]] = {}
    for key, (settled, candidates) in filed.items():
        groups.setdefault((key.way, key.field), {})[key.value] = (tuple(settled), tuple(candidates))
    probes: list[Probe] = []
    for (way, field), table in groups.items():
        get = attrgetter(FIELDS[field].attribute)
        if way == "equal":
            probes.append(_equal(get, table))
        elif way == "prefix":
            probes.append(_prefix(get, table))
        elif way == "regex":
            # In one order, so that the same patterns asked of another field are found to be the same.
            patterns = tuple(sorted(table))
            probes.append(_regex(get, searches.of(patterns), [table[pattern] for pattern in patterns]))
        else:
            probes.append(_present(get, table[None]))
    return probes


def _equal(get: Callable[[Any], Any], table: dict[Any, Hit]) -> Probe:
    look_up = table.get

    def probe(batch: Batch) -> Iterable[tuple[int, Any, Hit]]:
        numbers, records = batch
        hits = map(look_up, map(get, records))
        return [
            (number, record, hit) for number, record, hit in zip(numbers, records, hits, strict=True) if hit is not None
        ]

    return probe


def _present(get: Callable[[Any], Any], hit: Hit) -> Probe:
    def probe(batch: Batch) -> Iterable[tuple[int, Any, Hit]]:
        return [(number, record, hit) for number, record in zip(*batch, strict=True) if get(record) is not None]

    return probe


def _prefix(get: Callable[[Any], Any], table: dict[Any, Hit]) -> Probe:
    """Looks the text's beginnings up, one for each length that some prefix has."""
    lengths = sorted({len(prefix) for prefix in table})

    def probe(batch: Batch) -> Iterable[tuple[int, Any, Hit]]:
        met = []
        for number, record in zip(*batch, strict=True):
            text = get(record)
            if text is None:
                continue
            for length in lengths:
                if length > len(text):
                    break
                hit = table.get(text[:length])
                if hit is not None:
                    met.append((number, record, hit))
        return met

    return probe


def _regex(get: Callable[[Any], Any], search: Search, hits: list[Hit]) -> Probe:
    def probe(batch: Batch) -> Iterable[tuple[int, Any, Hit]]:
        met = []
        for number, record in zip(*batch, strict=True):
            text = get(record)
            if text is not None:
                found = search(encoded(text))
                if found:
                    met += [(number, record, hits[at]) for at in found]
        return met

    return probe
