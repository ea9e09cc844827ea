"""How things are said, on the live screen and in plain lines alike (pure)."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from giftpulse.demo.audit import Summary
from giftpulse.demo.caught import Hook
from giftpulse.demo.figures import Line

_SID = re.compile(r"\b([A-Z]{2}[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})\b")
_ORDER = ("delivered", "sent", "read", "received", "undelivered", "failed", "completed", "error", "warning")
_KINDS = {"message": "messages", "call": "calls", "alert": "in the error log"}
_SOURCES = {
    "callback": "status callbacks",
    "events": "event stream",
    "debugger": "debugger",
    "inbound": "inbound",
    "poll": "polls",
    "chase": "chased",
}


def short(text: str) -> str:
    """A text with its SIDs cut in the middle."""
    return _SID.sub(r"\1…\2", text)


def clock_time(at: datetime) -> str:
    """The time of day here."""
    return f"{at.astimezone():%H:%M:%S}"


def span(time: timedelta) -> str:
    """A span of time: ``8s``, ``1m 20s``."""
    seconds = max(0, int(time.total_seconds()))
    return f"{seconds}s" if seconds < 60 else f"{seconds // 60}m {seconds % 60:02}s"


def statuses(counts: Mapping[str, int]) -> str:
    """``512 delivered, 9 undelivered, 31 under way``: the ends, then the rest in one number."""
    known = [f"{counts[name]:,} {name}" for name in _ORDER if counts.get(name)]
    rest = sum(number for name, number in counts.items() if name not in _ORDER)
    return ", ".join([*known, *([f"{rest:,} other"] if rest else [])]) or "none yet"


def sources(counts: Counter[str]) -> str:
    """Who told us what: ``812 status callbacks, 120 polls``."""
    return ", ".join(f"{number:,} {_SOURCES.get(name, name)}" for name, number in counts.most_common()) or "nothing yet"


def signature(hook: Hook) -> str:
    """Whether a webhook's signature is good."""
    return "signature ok" if hook.is_genuine else f"SIGNATURE WRONG: {hook.fault}"


def log_line(line: Line) -> str:
    """Such as ``SM12ab…34cd undelivered 30007 The carrier took it for spam``."""
    code = f"{line.code} " if line.code is not None else ""
    return f"{short(line.sid)} {line.status:<11} {code}{line.meaning}"


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """The end of a demo, as name and value."""
    records = ", ".join(f"{number:,} {_KINDS[kind]}" for kind, number in summary.ours.items())
    theirs = ", ".join(f"{number:,}" for number in summary.twilio.values())
    verdict = "every one of Twilio's" if summary.is_complete else f"{len(summary.missing):,} of Twilio's are missing"
    return [
        ("Ran for", span(timedelta(seconds=summary.seconds))),
        ("Record", f"{records}: {verdict} ({theirs})"),
        ("Heard by", sources(Counter(summary.changes))),
        ("Alerts", f"{summary.alerts_opened:,} opened, {summary.alerts_resolved:,} resolved"),
        ("Rules fired", ", ".join(summary.rules_fired) or "none"),
        ("Mails", f"{summary.mails:,} caught"),
        ("Webhooks", f"{summary.webhooks_verified:,} received, signature ok; {summary.webhooks_refused:,} refused"),
        ("Own log", f"{summary.troubles:,} warnings or errors"),
    ]
