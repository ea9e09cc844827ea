"""The live screen as one picture of fixed height (pure): what fits into the terminal, and no line more."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from giftpulse.demo import words
from giftpulse.demo.caught import Hook, Mail, Thing
from giftpulse.demo.figures import AlertLine, Figures, Line
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.program.tally import Tally

_SEVERITY = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_STATE = {"firing": "bold red", "acknowledged": "yellow", "resolved": "green"}
_KIND = {"ordered": "magenta", "person": "cyan", "text": "green", "outbox": "yellow", "hold": "bold red"}
_FIXED = 14  # lines that are there in any case
_MORE = 3  # lines that are there as well where the terminal is not a small one
_SMALL = 30  # lines of a terminal
_LEAST = 9  # lines of all four lists together, however small the terminal
_ROOM_FOR_A_MAIL = 22  # free lines from which on the last mail is shown as well
_MAIL_LINES = 6


@dataclass(frozen=True)
class Place:
    """Where the demo is: what the head of the picture says. ``notes``: anything special about this run."""

    address: str
    token: str
    log: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Sight:
    """All that is in the picture. ``things``, ``lines`` and ``scenes``: the newest last."""

    place: Place
    figures: Figures
    things: Sequence[Thing]
    lines: Sequence[Line]
    second: float
    scenes: Sequence[Scene] = ()


def picture(sight: Sight, height: int) -> Group:
    """The whole picture, for a terminal of so many lines."""
    notes = [_line(Text(note, "yellow")) for note in sight.place.notes]
    roomy = height >= _SMALL
    free = max(_LEAST, height - _FIXED - _MORE * roomy - len(notes))
    mail = _last_mail(sight.things) if free > _ROOM_FOR_A_MAIL else []
    alerts, scenes, told, lines = _shares(free - len(mail))
    return Group(
        *_head(sight.place, sight.second, roomy),
        *notes,
        _title("Daily Positivity", words.people(sight.figures.program)),
        *_program(sight.figures.program, roomy),
        *_filled((_scene(scene) for scene in sight.scenes[-scenes:]), scenes, "nothing yet"),
        _title("Record"),
        *_counters(sight.figures, roomy),
        _title("Alerts", f"{sight.figures.opened - sight.figures.resolved} open, {sight.figures.resolved} resolved"),
        _alerts(sight.figures.alerts, alerts, sight.figures.at),
        _title("Told"),
        *_filled((_told(thing) for thing in sight.things[-told:]), told, "nobody yet"),
        *mail,
        _title("What goes wrong"),
        *_filled((_wrong(line) for line in sight.lines[-lines:]), lines, "nothing yet"),
        _line(Text.assemble(("Ctrl+C ends", "bold"), f" · our own log: {sight.place.log}", style="dim")),
    )


def _shares(free: int) -> tuple[int, int, int, int]:
    """Lines for alerts (with their headings), the program, what was told and what goes wrong."""
    alerts, scenes = max(3, free * 3 // 10), max(2, free * 3 // 10)
    told = (free - alerts - scenes + 1) // 2
    return alerts, scenes, told, free - alerts - scenes - told


def _program(program: Tally, roomy: bool) -> list[Text]:
    held = (f"  texts wait: {program.held}", "bold red") if program.held else ""
    texts = Text.assemble((f"{'Texts':<10}", "dim"), _painted(words.texts(program)), held)
    written = Text.assemble((f"{'Written':<10}", "dim"), words.written(program))
    return [*map(_line, [texts, written] if roomy else [texts])]


def _scene(scene: Scene) -> Text:
    at = (words.clock_time(scene.at) + " ", "dim")
    return Text.assemble(at, (f"{scene.kind:<8}", _KIND[scene.kind]), scene.says)


def _head(place: Place, second: float, roomy: bool) -> list[Text]:
    curl = f'curl -H "X-API-Key: {place.token}" {place.address}/api/alerts'
    said = " · everything on this machine, nothing leaves it · "
    token = Text.assemble(("Token ", "dim"), (place.token, "bold green"), ("  (admin)", "dim"))
    return [
        _line(Text.assemble(("GiftPulse demo", "bold"), said, (f"{int(second) // 60}:{int(second) % 60:02}", "bold"))),
        _line(Text.assemble(("API   ", "dim"), (f"{place.address}/docs", "bold cyan underline"))),
        *([_line(token)] if roomy else []),
        _line(Text.assemble(("Try   ", "dim"), curl)),
    ]


def _counters(figures: Figures, roomy: bool) -> list[Text]:
    kinds = figures.kinds
    lines = []
    for kind, name in (("message", "Messages"), ("call", "Calls"), ("alert", "Error log")):
        counts = kinds.get(kind, Counter())
        lines.append(
            _line(Text.assemble((f"{name:<10}", "dim"), (f"{sum(counts.values()):>6,}", "bold"), "  "))
            + _painted(words.statuses(counts))
        )
    owed = (str(figures.owed), "bold" if figures.owed < 20 else "bold yellow")
    pulse = Text.assemble(
        (f"{'Changes':<10}", "dim"), (f"{figures.rate:>6.0f}", "bold"), "  a second · batches owed ", owed,
        " · to be sent ", (str(figures.pending), "bold"),
    )  # fmt: skip
    heard = Text.assemble((f"{'Heard by':<18}", "dim"), words.sources(figures.sources))
    return [*map(_line, lines), _line(pulse), *([_line(heard)] if roomy else [])]


def _painted(statuses: str) -> Text:
    text = Text(statuses)
    text.highlight_regex(r"[\d,]+ (delivered|completed|read|received)", "green")
    text.highlight_regex(r"[\d,]+ (undelivered|failed|error)", "red")
    text.highlight_regex(r"[\d,]+ warning", "yellow")
    return text


def _alerts(alerts: Sequence[AlertLine], rows: int, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, expand=True, header_style="dim", padding=(0, 1))
    for name, ratio, least in (("Severity", None, 8), ("Rule", 5, 16), ("Group", 7, 10)):
        table.add_column(name, ratio=ratio, min_width=least, no_wrap=True, overflow="ellipsis")
    table.add_column("Count", justify="right", min_width=5, no_wrap=True)
    table.add_column("State", min_width=8, no_wrap=True)
    table.add_column("Since", justify="right", min_width=7, no_wrap=True)
    shown = alerts[: rows - 1]
    for alert in shown:
        colour = _SEVERITY.get(alert.severity, "") if alert.is_open else "dim"
        since = words.span(now - (alert.resolved_at or alert.opened_at))
        table.add_row(
            Text(alert.severity, colour),
            Text(alert.rule, "" if alert.is_open else "dim"),
            Text(words.short(alert.labels), "" if alert.is_open else "dim"),
            f"{alert.count:,}",
            Text(alert.state, _STATE.get(alert.state, "")),
            since,
        )
    for _ in range(rows - 1 - len(shown)):
        table.add_row()
    return table


def _told(thing: Thing) -> Text:
    at = (words.clock_time(thing.at) + " ", "dim")
    if isinstance(thing, Mail):
        to = (f"  → {thing.to}", "dim")
        return Text.assemble(at, ("mail    ", "bold cyan"), words.short(thing.subject), to)
    if isinstance(thing, Hook):
        verdict = (words.signature(thing), "green" if thing.is_genuine else "bold red")
        return Text.assemble(
            at,
            ("webhook ", "bold magenta"),
            verdict,
            f" {thing.kind.removeprefix('alert.')} ",
            (words.short(thing.summary), "dim"),
        )
    if isinstance(thing, Scene):
        return _scene(thing)
    return Text.assemble(at, ("own log ", "bold yellow"), thing.text)


def _last_mail(things: Sequence[Thing]) -> list[RenderableType]:
    """The last mail, opened."""
    mails = [thing for thing in things if isinstance(thing, Mail)]
    if not mails:
        return []
    written = [line for line in mails[-1].text.splitlines() if line][:_MAIL_LINES]
    lines = [Text(f"To: {mails[-1].to}", "dim"), *(Text(words.short(line)) for line in written)]
    return [_title("Last mail"), *map(_line, lines)]


def _wrong(line: Line) -> Text:
    colour = "yellow" if line.kind == "call" or line.status == "warning" else "red"
    return Text.assemble(
        (words.clock_time(line.at) + " ", "dim"), f"{line.kind:<8}", (words.log_line(line), colour)
    )  # fmt: skip


def _title(text: str, more: str = "") -> Rule:
    return Rule(Text.assemble((text, "bold"), f"  {more}" if more else ""), align="left", style="bright_black")


def _filled(texts: Iterable[Text], rows: int, empty: str) -> list[Text]:
    """Exactly so many lines."""
    lines = [_line(text) for text in texts] or [Text(empty, "dim")]
    return [*lines, *(Text("") for _ in range(rows - len(lines)))]


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
