"""How things are said, on the live screen and in plain lines alike (pure)."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from giftpulse.demo.audit import Summary
from giftpulse.demo.caught import Hook
from giftpulse.demo.figures import Line
from giftpulse.demo.program.summary import ProgramSummary
from giftpulse.demo.program.tally import Tally

_SID = re.compile(r"\b([A-Z]{2}[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})\b")
_ORDER = ("delivered", "sent", "read", "received", "undelivered", "failed", "completed", "error", "warning")
_KINDS = {"message": "messages", "call": "calls", "alert": "in the error log"}
_ABSENT = {"opted_out": "left", "suppressed": "unreachable", "pending": "asked"}
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
        *program_lines(summary.program),
    ]


def program_lines(program: ProgramSummary) -> list[tuple[str, str]]:
    """What became of the program, as name and value."""
    left = f"{program.left:,} left" + (f", {program.unreachable:,} cannot be reached" if program.unreachable else "")
    texts = f"{program.planned:,} planned, {program.waiting:,} of them for later; {program.sent:,} sent: "
    ends = f"{program.delivered:,} delivered, {program.failed:,} failed; {program.skipped:,} skipped"
    lines = [
        (
            "Program",
            f"{program.people:,} people in {program.zones:,} places in time; {program.joined:,} joined, {left}",
        ),
        ("Texts", texts + ends),
        ("Lost answers", f"{program.lost:,} of Twilio's; {program.settled:,} settled{_still_open(program)}"),
        ("Written", f"{program.written:,} by the AI, {program.from_library:,} from the library"),
        ("Replies", f"{program.replies:,} people answered, {program.by_twilio:,} by Twilio itself"),
    ]
    if program.slowest_stop is not None:
        lines.append(("Stops", f"{program.stops:,}, each obeyed within {program.slowest_stop:,} ms"))
    verdict = (
        f"Nobody got two texts on one day, nor one after a stop: checked at Twilio's side, {program.checked:,} texts"
    )
    if program.violations:
        broken = "1 promise" if len(program.violations) == 1 else f"{len(program.violations):,} promises"
        verdict = f"{broken} broken, among {program.checked:,} texts at Twilio's side"
    return [*lines, ("Checked", verdict), *(("VIOLATION", each) for each in program.violations)]


def _still_open(program: ProgramSummary) -> str:
    left = program.lost - program.settled
    return f", {left:,} to be asked about two minutes later" if left else ""


def people(program: Tally) -> str:
    """``298 active, 12 joined, 4 left``, and who is not there for another reason."""
    counts = program.people
    more = [f"{counts[name]:,} {word}" for name, word in _ABSENT.items() if counts[name]]
    paused = [f"{program.paused:,} paused"] if program.paused else []
    return ", ".join([f"{counts['active']:,} people", f"{program.joined:,} joined", *more, *paused])


def texts(program: Tally) -> str:
    """``421 planned, 96 sent, 88 delivered, 3 failed``."""
    counts = program.texts
    known = [
        (program.handed, "sent"), (counts["delivered"], "delivered"),
        (counts["failed"] + counts["undelivered"], "failed"), (counts["skipped"], "skipped"),
        (counts["unknown"], "unknown"),
    ]  # fmt: skip
    so_far = ", ".join(f"{number:,} {word}" for number, word in known if number)
    return f"{counts.total():,} planned, {so_far or 'none sent yet'}"


def written(program: Tally) -> str:
    """``15 by the AI, 1 from the library; 12 replies``."""
    by = program.written
    replies = program.replies["twiml"] + program.replies["rest"]
    return f"{by['ai']:,} by the AI, {by['fallback']:,} from the library; {replies:,} people answered"
