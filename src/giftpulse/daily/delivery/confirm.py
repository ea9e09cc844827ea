"""Reading what became of texts: the changes of the record, applied to deliveries. One step of the confirm round.

A status callback carries the id of the row in its address (``?delivery=17``), so it finds the row even when the answer
to our request was lost. Everything else finds it by the message's SID.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.outbox import aftermath, binding
from giftpulse.daily.outbox.follow import follow
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import readers
from giftpulse.logs.models import POSITION_BITS, LogChange, LogEntry

log = logging.getLogger(__name__)

READER = "delivery"

_ID = re.compile(r"(?:\A|&)delivery=(\d{1,18})(?:&|\Z)")


@dataclass(frozen=True, slots=True)
class Told:
    """A message that something was said of, and the delivery that its callback named, if it did."""

    sid: str
    delivery_id: int | None


def confirm(site: Site) -> bool:
    """Apply what is owed to deliveries. True when there was something, and there may be more."""
    now = clock.now()
    with site.database.begin() as session:
        batches = readers.claim(session, READER, now)
    if not batches:
        return False
    try:
        with site.database.begin() as session:
            apply(session, site, told(session, batches), now)
            readers.settle(session, READER, batches)
    except Exception:
        # A claim that is not given back would hold its batches up for as long as it lasts.
        with site.database.begin() as session:
            readers.release(session, READER, batches)
        raise
    return True


def told(session: Session, batches: Sequence[int]) -> list[Told]:
    """The outbound messages that these batches speak of."""
    found: list[Told] = []
    for batch in batches:
        first = batch << POSITION_BITS
        statement = (
            select(LogEntry.sid, LogChange.said)
            .join(LogEntry, LogEntry.id == LogChange.log_id)
            .where(LogChange.id >= first, LogChange.id < first + (1 << POSITION_BITS), LogEntry.kind == "message")
            .where((LogEntry.direction.is_(None)) | (LogEntry.direction != "inbound"))
        )
        found += [Told(sid, _delivery_id(said)) for sid, said in session.execute(statement)]
    return found


def apply(session: Session, site: Site, said: Iterable[Told], now: datetime) -> None:
    """Bind rows to the messages that their callbacks name, then bring all of them up to the record."""
    said = list(said)
    binding.bind(session, {each.delivery_id: each.sid for each in said if each.delivery_id is not None}, now)
    moved = follow(session, {each.sid for each in said}, now)
    aftermath.apply_moved(session, site.settings, moved, now)


def _delivery_id(said: str | None) -> int | None:
    if said is None or "delivery=" not in said:
        return None
    query = msgspec.json.decode(said).get("?", "")
    match = _ID.search(query) if isinstance(query, str) else None
    return int(match.group(1)) if match else None
