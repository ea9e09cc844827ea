"""Rows of a list into the record. One bad row is kept aside with its reason and stops nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from giftpulse.logs import store
from giftpulse.logs.entry import Entry, Source
from giftpulse.logs.store import Written
from giftpulse.logs.translate import entry_of
from giftpulse.twilio.records import Kind, RecordError


@dataclass
class Taken:
    """What came of some rows."""

    entries: list[Entry] = field(default_factory=list)
    written: Written = field(default_factory=Written)
    rejected: int = 0


def take_rows(
    session: Session,
    kind: Kind,
    rows: Iterable[bytes],
    account_sid: str,
    source: Source,
    now: datetime,
    *,
    keep_body: bool = True,
    history: bool = False,
) -> Taken:
    """Store rows as Twilio wrote them."""
    taken = Taken()
    for row in rows:
        try:
            taken.entries.append(entry_of(kind, row, account_sid, keep_body=keep_body))
        except RecordError as error:
            store.reject(session, row, str(error), source, now)
            taken.rejected += 1
    taken.written = store.write(session, taken.entries, source, now, history=history)
    return taken
