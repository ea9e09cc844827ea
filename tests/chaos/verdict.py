"""What became of it all: the simulator's books against ours, line by line."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from giftpulse.daily.outbox.models import Delivery, Note
from giftpulse.ground import clock
from giftpulse.logs.models import LogEntry, LogOwed
from giftpulse.monitor.alerts.models import Alert
from giftpulse.monitor.notify.models import PENDING, SENT, Notification
from giftpulse.simulator import Simulator
from tests.chaos import scene
from tests.daily.world import World
from tests.receivers import Receiver

_SHOWN = 3  # examples of what is wrong


@dataclass(frozen=True)
class Line:
    """One line of the verdict."""

    what: str
    good: bool
    found: str


Record = tuple[str | None, int | None]
Books = Mapping[str, Mapping[str, Record]]


def look(world: World, told: Receiver, rules: Sequence[int], phones: set[str]) -> list[Line]:
    """Everything that must be true when all is quiet."""
    theirs = world.twilio.do(books)
    with world.site.database.read() as session:
        return [
            *records(session, theirs),
            *_alerts(session, theirs["message"], world.twilio.do(_failures), rules[0]),
            *_notices(session, told, rules),
            *_texts(world, phones),
            nothing_owed(session),
        ]


def books(simulator: Simulator) -> Books:
    """All records of Twilio's, by kind and SID, as they are now."""
    account = simulator.world.account()
    return {
        "message": {each.sid: (each.status, each.error_code) for each in account.messages},
        "call": {each.sid: (each.status, None) for each in account.calls},
        "alert": {each.sid: (None, int(each.error_code)) for each in account.alerts},
    }


def _failures(simulator: Simulator) -> Counter[str]:
    return Counter(each.to for each in simulator.world.account().messages if each.status in scene.FAILED)


def records(session: Session, theirs: Books) -> list[Line]:
    """Whether our record has each of them once, in the same state, and no other."""
    ours: dict[str, list[tuple[str, Record]]] = {kind: [] for kind in theirs}
    columns = (LogEntry.kind, LogEntry.sid, LogEntry.status, LogEntry.error_code)
    for kind, sid, status, code in session.execute(select(*columns)):
        ours[kind].append((sid, (status, code)))
    lines = []
    for kind, wanted in theirs.items():
        mine = dict(ours[kind])
        missing, strange = wanted.keys() - mine.keys(), mine.keys() - wanted.keys()
        twice = len(ours[kind]) - len(mine)
        other = [sid for sid in wanted.keys() & mine.keys() if kind != "alert" and mine[sid] != wanted[sid]]
        found = f"{len(wanted):,} at Twilio, {len(mine):,} here"
        if missing or strange or twice or other:
            found += f"; {len(missing)} missing, {len(strange)} strange, {twice} twice, {len(other)} in another state"
            found += f": {[(sid, wanted.get(sid), mine.get(sid)) for sid in [*missing, *strange, *other][:_SHOWN]]}"
        lines.append(Line(f"every {kind} once, by SID", not (missing or strange or twice or other), found))
    return lines


def _alerts(session: Session, messages: Mapping[str, Record], failures: Counter[str], rule: int) -> list[Line]:
    counted: Counter[str] = Counter()
    for group, count in session.execute(select(Alert.group, Alert.count).where(Alert.rule_id == rule)):
        counted[json.loads(group)["to"]] += count
    wrong = [to for to in failures.keys() | counted.keys() if failures[to] != counted[to]]
    found = f"{failures.total():,} of {len(messages):,} texts failed, {counted.total():,} counted in alerts"
    return [Line("every failure counted in one alert", not wrong, found + (f": {wrong[:_SHOWN]}" if wrong else ""))]


def _notices(session: Session, told: Receiver, rules: Sequence[int]) -> list[Line]:
    """At least once and at most once for each reason: of one notice, the same id may come again."""
    alerts = session.execute(select(Alert.id, Alert.resolved_at).where(Alert.rule_id.in_(rules))).all()
    notices = session.execute(select(Notification.notice_id, Notification.alert_id, Notification.reason,
                                     Notification.state)).all()  # fmt: skip
    wanted = {(alert_id, "firing") for alert_id, _ in alerts}
    wanted |= {(alert_id, "resolved") for alert_id, resolved in alerts if resolved}
    planned = Counter((alert_id, reason) for _, alert_id, reason, _ in notices)
    came: dict[tuple[int, str], set[str]] = {}
    for request in told.requests:
        place = int(request.data["data"]["id"]), request.data["type"].removeprefix("alert.")
        came.setdefault(place, set()).add(request.headers["webhook-id"])
    ids = {notice_id for notice_id, _, _, state in notices if state == SENT}
    received = set().union(*came.values()) if came else set()
    never, often = wanted - came.keys(), [place for place, found in came.items() if len(found) > 1]
    again = len(told.requests) - len(received)
    return [
        Line("every alert told, of its fire and its end", not never, f"{len(wanted):,} to tell, {len(never)} untold"),
        Line("told once for each reason", not often and set(planned.values()) <= {1},
             f"{len(received):,} ids; {again} requests came again with the id of before"),
        Line("received and recorded are the same ids", ids == received,
             f"{len(ids):,} recorded, {len(received):,} received"),
    ]  # fmt: skip


def _texts(world: World, phones: set[str]) -> list[Line]:
    counted = Counter(scene.texts(world))
    two, none = sum(number > 1 for number in counted.values()), len(phones - counted.keys())
    got = f"{len(phones):,} people, {len(counted):,} got a text"
    return [
        Line("nobody got two texts on a date", not two, f"{got}, {two} got two"),
        Line("nobody was forgotten", not none, f"{none} got none"),
    ]


def nothing_owed(session: Session) -> Line:
    """Whether all work is done."""
    left = owed(session)
    return Line("nothing is left owed", not any(left.values()), ", ".join(f"{n} {what}" for what, n in left.items()))


def owed(session: Session) -> dict[str, int]:
    """How much of each kind of work waits."""
    now = clock.now()
    open_ = Delivery.state.in_(("posting", "unknown")) | ((Delivery.state == "planned") & (Delivery.send_at <= now))
    asked = {
        "batches": select(func.count()).select_from(LogOwed),
        "decisions": select(func.count()).select_from(Alert).where(Alert.notice_due_at <= now),
        "notices": select(func.count()).select_from(Notification).where(Notification.state == PENDING),
        "texts": select(func.count()).select_from(Delivery).where(open_),
        "notes": select(func.count()).select_from(Note).where(Note.state.in_(("planned", "posting"))),
    }
    return dict(zip(asked, session.scalars(union_all(*asked.values())), strict=True))


def show(title: str, lines: Sequence[Line]) -> bool:
    """Print the table; answers whether all is well."""
    table = Table(title=title, title_justify="left")
    for head in ("", "what", "found"):
        table.add_column(head, overflow="fold")
    for line in lines:
        table.add_row("[green]good[/]" if line.good else "[red]BAD[/]", line.what, line.found)
    Console(width=140).print(table)
    return all(line.good for line in lines)
