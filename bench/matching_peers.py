"""What others do with the same rules and records: a loop of compiled ``re``, SEC, fail2ban."""

import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from bench.matching_traffic import BenchRecord, PlainRule

LoopRule = tuple[int, PlainRule, list[tuple[Callable[[Any], Any], Callable[[str], Any]]]]


def loop_rules(rules: Sequence[PlainRule]) -> list[LoopRule]:
    """The rules with their regexes compiled by Python's ``re``."""
    made: list[LoopRule] = []
    for number, rule in enumerate(rules):
        search = re.compile(rule.pattern).search if rule.pattern else None
        pairs = [(attrgetter(field), search) for field in rule.fields if search is not None]
        made.append((number, rule, [*pairs]))
    return made


def loop(rules: list[LoopRule], records: Sequence[BenchRecord]) -> list[tuple[int, int]]:
    """Every (record, rule) that match, by asking every rule of every record: plain checks first, then the regex."""
    found = []
    for place, record in enumerate(records):
        kind, code, status = record.kind, record.error_code, record.status
        for number, rule, searches in rules:
            if rule.kind is not None and rule.kind != kind:
                continue
            if rule.codes is not None:
                if code in rule.codes:
                    found.append((place, number))
            elif rule.statuses is not None:
                if status in rule.statuses and _rest(rule, record):
                    found.append((place, number))
            else:
                for get, search in searches:
                    text = get(record)
                    if text is not None and search(text):
                        found.append((place, number))
                        break
    return found


def _rest(rule: PlainRule, record: BenchRecord) -> bool:
    if rule.service is not None and record.messaging_service_sid != rule.service:
        return False
    return rule.to_prefix is None or (record.to or "").startswith(rule.to_prefix)


def line_of(record: BenchRecord) -> str:
    """The record as a log line."""
    words = [f"kind={record.kind}", f"code={record.error_code}", f"status={record.status}", f"to={record.to}"]
    words += [f"service={record.messaging_service_sid}", f"from={record.from_}", f"sid={record.sid}"]
    words += [f"account={record.account_sid}", f"url={record.request_url}", f"uri={record.uri}"]
    return " ".join([*words, f"created={record.date_created} text={record.text} body={record.body}"])


def line_pattern(rule: PlainRule) -> str:
    """The rule as one regex over a line."""
    kind = rf"kind={rule.kind or '[a-z]+'}"
    if rule.codes is not None:
        return rf"{kind} code=(?:{'|'.join(map(str, sorted(rule.codes)))}) "
    if rule.statuses is not None:
        to = re.escape(rule.to_prefix or "")
        service = rf".*service={rule.service}" if rule.service else ""
        return rf"{kind} code=\S+ status=(?:{'|'.join(sorted(rule.statuses))}) to={to}{service}"
    return rule.pattern or ""


def _cpu_of(command: list[str]) -> float:
    """CPU seconds that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _rate(command: Callable[[Path], list[str]], lines: list[str]) -> float:
    """Lines per CPU second, without what the command takes to start on an empty file."""
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder, "empty"), Path(folder, "full")
        empty.write_text("")
        full.write_text("".join(f"{line}\n" for line in lines))
        start = _cpu_of(command(empty))
        return len(lines) / max(_cpu_of(command(full)) - start, 1e-6)


def sec(rules: Sequence[PlainRule], records: Sequence[BenchRecord]) -> float | None:
    """Records per CPU second of SEC, every rule a threshold as SEC counts them; None when not installed."""
    program = shutil.which("sec")
    if program is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        for number, rule in enumerate(rules):
            pattern = line_pattern(rule)
            config.write(f"type=SingleWithThreshold\nptype=RegExp\npattern={pattern}\ndesc=rule {number}\n")
            config.write(f"action=none\nwindow=300\nthresh={rule.threshold or 1}\ncontinue=TakeNext\n\n")
        config.flush()
        start = [program, f"--conf={config.name}", "--notail", "--fromstart", "--quoting"]
        return _rate(lambda path: [*start, f"--input={path}"], [line_of(record) for record in records])


def fail2ban(rules: Sequence[PlainRule], records: Sequence[BenchRecord]) -> float | None:
    """Records per CPU second of a fail2ban filter with the rules as ``failregex``; None when not installed."""
    program = shutil.which("fail2ban-regex")
    if program is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        # A filter must name the host; a rule by code goes on right behind it, a regex may stand anywhere.
        gaps = [".*" if rule.pattern else "" for rule in rules]
        patterns = [f"host=<HOST> {gap}{line_pattern(rule)}" for gap, rule in zip(gaps, rules, strict=True)]
        patterns = [pattern.replace("%", "%%") for pattern in patterns]
        config.write("[Definition]\nfailregex = " + "\n            ".join(patterns) + "\n")
        config.flush()
        lines = [f"2026-03-01 12:00:00 host=192.0.2.{i % 250 + 1} {line_of(r)}" for i, r in enumerate(records)]
        return _rate(lambda path: [program, str(path), config.name], lines)
