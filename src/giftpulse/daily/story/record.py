"""What Twilio said of a message, from the record, as lines of a story: many messages in two queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session, aliased

from giftpulse.daily.outbox import consequences
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.story.line import Line
from giftpulse.ground import bulk
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.twilio.error_codes import explain

_LONGEST = 100  # changes of one message that are followed

_TOLD_BY = {
    "sent": "Twilio's answer", "callback": "a callback", "poll": "Twilio's list", "chase": "asked for",
    "events": "an event stream", "backfill": "history",
}  # fmt: skip

_DONE = {
    "skip": "this text is lost, the next one goes as usual",
    "again": "it is tried again",
    "opt_out": "the person is opted out at once",
    "hold_sender": "the sender is held",
    "hold_all": "everything is held",
}


def histories(session: Session, sids: Iterable[str]) -> dict[str, list[LogChange]]:
    """The changes of each of these messages, the oldest first."""
    last = select(LogEntry.sid, LogEntry.last_change_id).where(bulk.among(session, LogEntry.sid, set(sids)))
    by_entry = {change_id: sid for sid, change_id in session.execute(last)}
    found: dict[str, list[LogChange]] = defaultdict(list)
    for change, start in _chains(session, list(by_entry)):
        found[by_entry[start]].append(change)
    return {sid: sorted(changes, key=lambda change: change.id) for sid, changes in found.items()}


def _chains(session: Session, starts: Sequence[int]) -> Iterable[tuple[LogChange, int]]:
    """The chains of changes that end at these ones, each change with the end of its chain."""
    if not starts:
        return []
    first: Any = select(
        LogChange.id, LogChange.previous_id, LogChange.id.label("start"), literal_column("0").label("turn")
    )
    walk = first.where(bulk.among(session, LogChange.id, starts)).cte("chain", recursive=True)
    before = aliased(LogChange)
    back = select(before.id, before.previous_id, walk.c.start, walk.c.turn + 1)
    walk = walk.union_all(back.where(before.id == walk.c.previous_id, walk.c.turn < _LONGEST))
    rows = session.execute(select(LogChange, walk.c.start).join(walk, walk.c.id == LogChange.id))
    return [(change, start) for change, start in rows]


def record_lines(row: Delivery, changes: Iterable[LogChange]) -> Iterator[Line]:
    """The status history of a text. Changes that moved neither status nor error are left out."""
    for change in changes:
        moved = change.status_before != change.status_after
        if not moved and change.error_before == change.error_after:
            continue
        status = change.status_after or "no status"
        what = f"{change.status_before} -> {status}" if change.status_before and moved else status
        why = f"told by {_TOLD_BY.get(change.source, change.source)}"
        if change.error_after is not None and change.error_after != change.error_before:
            why += f"; {meaning(change.error_after)}"
        yield Line(
            change.event_at, "twilio", what, why, row.local_date, row.id, row.sid, after=row.posted_at
        )  # fmt: skip


def meaning(code: int) -> str:
    """What an error code means, what follows from it here, and what the operator should do."""
    known, what = explain(code), consequences.of(code)
    if what.kind == "suppress":
        times = "" if what.after == 1 else f" after {what.after} in a row"
        done = f"the number gets no more{times}"
    else:
        done = _DONE[what.kind]
    return f"{code}: {known.meaning}; {done}; to do: {known.action}"
