"""Matching: records against many rules, windows and group keys included, on one core."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from bench import Figure
from bench.matching_peers import fail2ban, loop, loop_rules, sec
from bench.matching_traffic import BenchRecord, PlainRule, Traffic
from giftpulse.monitor.matching.compile import Matcher, compile_rules
from giftpulse.monitor.matching.evaluate import holds
from giftpulse.monitor.matching.groups import Group, tally
from giftpulse.monitor.matching.windows import Window
from giftpulse.monitor.rules.language import RuleSpec, Threshold
from giftpulse.monitor.rules.parse import parse_rule

_BATCH = 5_000
_WITHIN = timedelta(minutes=5)
_SIZES = {1_000: (100_000, 150_000), 10_000: (15_000, 25_000)}
"""Number of rules: floor and goal in records/s."""

Json = dict[str, object]
Windows = dict[tuple[int, Group], Window]


def as_rule(plain: PlainRule) -> RuleSpec:
    """The rule in our own language."""
    parts: list[Json] = []
    if plain.kind is not None:
        parts.append({"field": "kind", "op": "eq", "value": plain.kind})
    if plain.codes is not None:
        parts.append({"field": "error_code", "op": "in", "value": sorted(plain.codes)})
    if plain.statuses is not None:
        parts.append({"field": "status", "op": "in", "value": sorted(plain.statuses)})
    if plain.service is not None:
        parts.append({"field": "messaging_service_sid", "op": "eq", "value": plain.service})
    if plain.to_prefix is not None:
        parts.append({"field": "to", "op": "prefix", "value": plain.to_prefix})
    if plain.pattern is not None:
        parts.append({"any": [{"field": f, "op": "regex", "value": plain.pattern} for f in plain.fields]})
    trigger: Json = {"type": "each", "group_by": list(plain.group_by)}
    if plain.threshold is not None:
        trigger |= {"type": "threshold", "count": plain.threshold, "within": "5m"}
    return parse_rule({"name": "a rule", "condition": {"all": parts}, "trigger": trigger})


def watch(matcher: Matcher[int], records: Sequence[BenchRecord], windows: Windows) -> tuple[int, int]:
    """Match, group, and slide the windows, batch by batch. Returns (matches, windows crossed)."""
    matches = crossed = 0
    for start in range(0, len(records), _BATCH):
        batch = records[start : start + _BATCH]
        found = matcher.match_many(batch)
        matches += len(found)
        for place, times in tally(matcher, batch, found).items():
            trigger = matcher.rules[place[0]].trigger
            if not isinstance(trigger, Threshold):
                crossed += 1
                continue
            window = windows.get(place)
            if window is None:
                window = windows[place] = Window.of(trigger)
            if window.add(times):
                crossed += 1
    return matches, crossed


def _check(rules: list[RuleSpec], plain: list[PlainRule], matcher: Matcher[int], sample: Sequence[BenchRecord]) -> None:
    """The matcher, the loop of ``re``, and a walk over every condition agree on the sample."""
    ours = sorted(matcher.match_many(sample))
    if ours != sorted(loop(loop_rules(plain), sample)):
        raise AssertionError("the matcher and the loop of compiled re disagree")
    few = sample[:200]
    walked = [(i, k) for i, record in enumerate(few) for k, rule in enumerate(rules) if holds(rule.condition, record)]
    if walked != [pair for pair in ours if pair[0] < len(few)]:
        raise AssertionError("the matcher and a walk over every condition disagree")


def _cpu_per_record(matcher: Matcher[int], records: Sequence[BenchRecord], times: int) -> tuple[float, int, int]:
    """The best of some runs, each with fresh windows, in CPU seconds a record; and what a run did."""
    best = float("inf")
    matches = crossed = 0
    for _ in range(times):
        started = time.process_time()
        matches, crossed = watch(matcher, records, {})
        best = min(best, (time.process_time() - started) / len(records))
    return best, matches, crossed


def _against(
    count: int, rules: list[PlainRule], records: Sequence[BenchRecord], rate: float, quick: bool
) -> Iterator[Figure]:
    sample = records[: max(100, (400_000 if quick else 2_000_000) // count)]
    compiled = loop_rules(rules)
    started = time.process_time()
    loop(compiled, sample)
    peer = len(sample) / (time.process_time() - started)
    yield Figure("  loop of compiled re, no windows", peer, "records/s", f"{len(sample):,} records")
    yield Figure("  ours / loop of re", rate / peer, "x", floor=20)
    for name, measure in (("SEC", sec), ("fail2ban", fail2ban)):
        few = records[: max(60, (200_000 if quick else 1_000_000) // count)]
        other = measure(rules, few)
        if other is None:
            yield Figure(f"  {name}", 0, "records/s", f"not installed (apt-get install {name.lower()}), skipped")
            continue
        yield Figure(f"  {name}", other, "records/s", f"{len(few):,} of the same records as lines")
        yield Figure(f"  ours / {name}", rate / other, "x", goal=200 if count == 1_000 else None)


def _harder(matcher: Matcher[int], records: Sequence[BenchRecord]) -> Iterator[Figure]:
    """The same rules where nothing is spared: long text in every record, and records that come one by one."""
    alerts = [record for record in records if record.kind == "alert"]
    cpu, matches, _ = _cpu_per_record(matcher, alerts, 2)
    size = sum(len(record.text or "") for record in alerts) / len(alerts)
    note = f"{len(alerts):,} alerts with {size:.0f} characters of text, {matches:,} matches"
    yield Figure("  alerts only", 1 / cpu, "records/s", note)
    few = records[:10_000]
    started = time.process_time()
    for record in few:
        matcher.match(record)
    yield Figure("  one record at a time", len(few) / (time.process_time() - started), "records/s", "no windows")


def run(quick: bool) -> Iterator[Figure]:
    """The figures for 1,000 and 10,000 rules."""
    for count, (floor, goal) in _SIZES.items():
        traffic = Traffic(seed=count)
        records = traffic.records(20_000 if quick else 100_000)
        plain = list(traffic.rules(count))
        rules = [as_rule(rule) for rule in plain]
        started = time.process_time()
        matcher = compile_rules(enumerate(rules))
        compiling = time.process_time() - started
        _check(rules, plain, matcher, records[: 1_000 if quick else 2_000])
        size = sum(len(msgspec.json.encode(record)) for record in records) / len(records)
        cpu, matches, crossed = _cpu_per_record(matcher, records, 2 if quick else 4)
        done = f"{len(records):,} records of {size:.0f} bytes, {matches:,} matches, {crossed:,} crossings"
        yield Figure(f"{count:,} rules", 1 / cpu, "records/s", done, floor, goal)
        yield Figure("  CPU a record", cpu * 1e6, "us")
        yield Figure("  compiling all rules", compiling, "s")
        yield from _harder(matcher, records)
        yield from _against(count, plain, records, 1 / cpu, quick)
