"""People as CSV, as a stream, in the columns that an import understands."""

import csv
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from giftpulse.daily.programs import times
from giftpulse.daily.subscribers.ledger import OWN_ACT
from giftpulse.daily.subscribers.models import ERASED, ConsentEvent, Subscriber

COLUMNS = (
    "phone", "status", "status_at", "first_name", "timezone", "state", "zones", "zones_by", "window_start",
    "window_end", "language", "theme", "paused_until", "consent_source", "consent_at", "consent_wording",
)  # fmt: skip

_AT_ONCE = 1000
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
        session.expunge_all()  # memory stays what one page takes
    return count


def _pages(session: Session, program_id: int) -> Iterator[list[Subscriber]]:
    last = 0
    while some := list(session.scalars(_after(program_id, last))):
        yield some
        last = some[-1].id


def _after(program_id: int, last: int) -> Select[Subscriber]:
    theirs = (Subscriber.program_id == program_id) & (Subscriber.status != ERASED) & (Subscriber.id > last)
    return select(Subscriber).where(theirs).order_by(Subscriber.id).limit(_AT_ONCE)


def _agreed(session: Session, people: list[Subscriber]) -> dict[int | None, ConsentEvent]:
    ids = [one.id for one in people]
    newest = select(func.max(ConsentEvent.id)).where(
        ConsentEvent.subscriber_id.in_(ids), ConsentEvent.kind.in_(_AGREED)
    ).group_by(ConsentEvent.subscriber_id)  # fmt: skip
    return {
        line.subscriber_id: line for line in session.scalars(select(ConsentEvent).where(ConsentEvent.id.in_(newest)))
    }


def _cells(one: Subscriber, agreed: ConsentEvent | None) -> list[str]:
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
    own = agreed.source in OWN_ACT or not agreed.detail
    told = [agreed.source if own else agreed.detail, agreed.at.isoformat(), agreed.wording or ""]
    return [cells[0], *map(_harmless, [*cells[1:], *told])]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the mark before it is taken away again by an import."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
