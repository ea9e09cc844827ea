"""People as CSV, as a stream, in the columns that an import understands."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from giftpulse.daily.programs import times
from giftpulse.daily.subscribers.ledger import OWN_ACT
from giftpulse.daily.subscribers.models import ERASED, ConsentEvent, Subscriber
from giftpulse.ground import bulk

COLUMNS = (
    "phone", "status", "status_at", "first_name", "timezone", "state", "zones", "zones_by", "window_start",
    "window_end", "language", "theme", "paused_until", "consent_source", "consent_at", "consent_wording",
)  # fmt: skip

_AT_ONCE = 1000
_THEMSELVES = OWN_ACT | {"form"}
_AGREED = ("opt_in", "return", "confirmed")


def export_csv(session: Session, program_id: int, file: TextIO) -> int:
    """Write everybody of a program but the erased, by id; answers how many. ``consent_*`` are of the newest line by
    which the person agreed."""
    written = csv.writer(file, lineterminator="\n")
    written.writerow(COLUMNS)
    count = 0
    for some in _pages(session, program_id):
        agreed = _agreed(session, some)
        written.writerows(_cells(one, agreed.get(one.id)) for one in some)
        count += len(some)
    return count


_PERSON = (
    Subscriber.id, Subscriber.phone, Subscriber.status, Subscriber.status_at, Subscriber.first_name,
    Subscriber.timezone, Subscriber.timezone_source, Subscriber.state, Subscriber.window_start, Subscriber.window_end,
    Subscriber.language, Subscriber.theme, Subscriber.paused_until,
)  # fmt: skip
_LINE = (
    ConsentEvent.subscriber_id, ConsentEvent.source, ConsentEvent.detail, ConsentEvent.at, ConsentEvent.wording,
)  # fmt: skip


def _pages(session: Session, program_id: int) -> Iterator[Sequence[Any]]:
    """People by the thousand, as plain rows: objects of each would take three times as long."""
    last = 0
    theirs = (Subscriber.program_id == program_id) & (Subscriber.status != ERASED)
    while some := session.execute(
        select(*_PERSON).where(theirs, Subscriber.id > last).order_by(Subscriber.id).limit(_AT_ONCE)
    ).all():
        yield some
        last = some[-1].id


def _agreed(session: Session, people: Sequence[Any]) -> dict[int, Any]:
    about = bulk.among(session, ConsentEvent.subscriber_id, [one.id for one in people])
    newest = select(func.max(ConsentEvent.id)).where(about, ConsentEvent.kind.in_(_AGREED))
    lines = select(*_LINE).where(ConsentEvent.id.in_(newest.group_by(ConsentEvent.subscriber_id)))
    return {line.subscriber_id: line for line in session.execute(lines)}


def _cells(one: Any, agreed: Any | None) -> list[str]:
    start = "" if one.window_start is None else times.clock(one.window_start)
    end = "" if one.window_end is None else times.clock(one.window_end)
    paused = one.paused_until.isoformat() if one.paused_until else ""
    # What the number tells it tells again, and several zones are no place that anybody states.
    stated = one.timezone if one.timezone_source == "stated" and "," not in one.timezone else ""
    state = one.state if one.state and one.timezone_source != "number" else ""
    cells = [
        one.phone or "", one.status, one.status_at.isoformat(), one.first_name or "", stated, state, one.timezone,
        one.timezone_source, start, end, one.language or "", one.theme or "", paused,
    ]  # fmt: skip
    if agreed is None:
        return [*cells, "", "", ""]
    own = agreed.source in _THEMSELVES or not agreed.detail
    told = [agreed.source if own else agreed.detail, agreed.at.isoformat(), agreed.wording or ""]
    return [cells[0], *map(_harmless, [*cells[1:], *told])]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the mark before it is taken away again by an import."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
