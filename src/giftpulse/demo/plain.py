"""The demo as plain lines, one for each thing that happens: for pipes, files and CI."""

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from giftpulse.demo import words
from giftpulse.demo.caught import Hook, Mail, Thing
from giftpulse.demo.figures import AlertLine, Figures, Line
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.stage import Stage

_LOGS_EVERY = 5.0  # seconds


class Plain:
    """Writes what is new at each look."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._states: dict[int, str] = {}
        self._logs_at: float | None = None
        self._wrong: Counter[str] = Counter()
        self._mailed = False

    def begin(self, stage: Stage, notes: Sequence[str]) -> None:
        """Where everything is."""
        for note in notes:
            self._say("demo", note)
        self._say("demo", f"GiftPulse is at {stage.address}, its API at {stage.address}/docs")
        self._say("demo", f"admin token {stage.token}")
        self._say("demo", f'try: curl -H "X-API-Key: {stage.token}" {stage.address}/api/alerts')
        self._say("demo", f"our own log: {stage.log} (goes when the demo ends)")

    def show(self, figures: Figures, things: Sequence[Thing], second: float) -> None:
        """What is new."""
        at = words.clock_time(figures.at)
        if self._logs_at is None or second - self._logs_at >= _LOGS_EVERY:
            self._logs_at = second
            self._more(at)
            self._say("logs", _logs(figures), at)
            self._say("program", _program(figures), at)
        self._lines(figures.lines)
        for alert in reversed(figures.alerts):
            self._alert(alert, at)
        for thing in sorted([*figures.scenes, *things], key=lambda thing: thing.at):
            self._say(*_told(thing), words.clock_time(thing.at))
            if isinstance(thing, Mail) and not self._mailed:
                self._whole(thing)

    def end(self) -> None:
        """Nothing is left open."""

    def _lines(self, lines: Sequence[Line]) -> None:
        """The first of each sort at once; the others are counted until the next line about the record."""
        for line in lines:
            sort = f"{line.kind} {line.code or line.status}"
            self._wrong[sort] += 1
            if self._wrong[sort] == 1:
                self._say(line.kind, words.log_line(line), words.clock_time(line.at))

    def _more(self, at: str) -> None:
        more = [f"{number - 1:,} x {sort}" for sort, number in self._wrong.most_common() if number > 1]
        if more:
            self._say("", f"more of the same: {', '.join(more)}", at)
        self._wrong.clear()

    def _alert(self, alert: AlertLine, at: str) -> None:
        if self._states.get(alert.id) == alert.state:
            return
        known = alert.id in self._states
        self._states[alert.id] = alert.state
        name = f"{alert.rule}" + (f" ({words.short(alert.labels)})" if alert.labels else "")
        if alert.is_open or not known:
            self._say("ALERT", f"{alert.severity}: {name}, {_matches(alert)}", words.clock_time(alert.opened_at))
        if alert.resolved_at is not None:
            lasted = words.span(alert.resolved_at - alert.opened_at)
            self._say("resolved", f"{name} after {lasted}, {_matches(alert)} ({alert.reason})", at)

    def _whole(self, mail: Mail) -> None:
        """The first mail with all its text, for one is enough to know them."""
        self._mailed = True
        for line in mail.text.splitlines():
            self._say("", f"  | {line}".rstrip())

    def _say(self, what: str, text: str, at: str = "") -> None:
        self._to.write(f"{at:<8} {what:<8} {text}\n")
        self._to.flush()


def _logs(figures: Figures) -> str:
    kinds = figures.kinds
    parts = [
        f"{sum(kinds['message'].values()):,} messages ({words.statuses(kinds['message'])})",
        f"{sum(kinds['call'].values()):,} calls",
        f"error log: {sum(kinds['alert'].values()):,}",
        f"{figures.rate:.0f} changes/s",
        f"batches owed: {figures.owed}",
        f"alerts open: {figures.opened - figures.resolved}",
    ]
    return "; ".join(parts)


def _program(figures: Figures) -> str:
    held = f"; texts wait: {figures.program.held}" if figures.program.held else ""
    parts = (words.people(figures.program), words.texts(figures.program), words.written(figures.program))
    return "; ".join(parts) + held


def _matches(alert: AlertLine) -> str:
    return "1 match" if alert.count == 1 else f"{alert.count:,} matches"


def _told(thing: Thing) -> tuple[str, str]:
    if isinstance(thing, Mail):
        return "mail", f"to {thing.to}: {words.short(thing.subject)}"
    if isinstance(thing, Hook):
        return "webhook", f"{thing.kind}, {words.signature(thing)}: {words.short(thing.summary)}"
    if isinstance(thing, Scene):
        return thing.kind, thing.says
    return "warning", thing.text
