"""Rows of a list into the record. One bad row is kept aside with its reason and stops nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from giftpulse.logs import store
from giftpulse.logs.discreet import without_bodies
from giftpulse.logs.entry import Entry, Source
from giftpulse.logs.store import Written
from giftpulse.logs.translate import entry_of
from giftpulse.twilio.records import Kind, Page, RecordError

WAITING = 4
"""Pages that may be read ahead of the writing; those that wait are written together, in one transaction."""


@dataclass
class Taken:
    """What came of some rows."""

    entries: list[Entry] = field(default_factory=list)
    rejects: list[tuple[bytes, str]] = field(default_factory=list)
    written: Written = field(default_factory=Written)

    @property
    def rejected(self) -> int:
        """How many rows could not be made into entries."""
        return len(self.rejects)


def read_rows(kind: Kind, rows: Iterable[bytes], account_sid: str, *, keep_body: bool = True) -> Taken:
    """Rows as entries; not stored yet."""
    taken = Taken()
    for row in rows:
        try:
            taken.entries.append(entry_of(kind, row, account_sid, keep_body=keep_body))
        except RecordError as error:
            taken.rejects.append((row if keep_body else without_bodies(None, row)[1], str(error)))
    return taken


def keep(session: Session, taken: Taken, source: Source, now: datetime, *, history: bool = False) -> Taken:
    """Store what was read."""
    for row, reason in taken.rejects:
        store.reject(session, row, reason, source, now)
    taken.written = store.write(session, taken.entries, source, now, history=history)
    return taken


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
    """Read and store rows as Twilio wrote them."""
    return keep(session, read_rows(kind, rows, account_sid, keep_body=keep_body), source, now, history=history)


async def pour(
    pages: AsyncIterator[Page],
    read: Callable[[Page], Taken],
    write: Callable[[list[Taken]], None],
    is_last: Callable[[Page, Taken], bool],
) -> None:
    """Let pages flow into the record: while some are being written, the next is fetched and read.

    ``read`` and ``write`` run in threads, one call of each at a time; ``write`` gets all pages that wait. Ends after
    the page that ``is_last``, when everything is written. Raises what any of them raises.
    """
    queue: asyncio.Queue[Taken | None] = asyncio.Queue(WAITING)
    writer = asyncio.create_task(_write_all(queue, write))
    try:
        async for page in pages:
            taken = await asyncio.to_thread(read, page)
            await _put(queue, taken, writer)
            if is_last(page, taken):
                break
        await _put(queue, None, writer)
        await writer
    finally:
        writer.cancel()


async def _put(queue: "asyncio.Queue[Taken | None]", item: Taken | None, writer: "asyncio.Task[None]") -> None:
    """Wait for a place in the queue, but not for a writer that has failed."""
    placed = asyncio.create_task(queue.put(item))
    await asyncio.wait({placed, writer}, return_when=asyncio.FIRST_COMPLETED)
    if writer.done():
        placed.cancel()
        writer.result()


async def _write_all(queue: "asyncio.Queue[Taken | None]", write: Callable[[list[Taken]], None]) -> None:
    going = True
    while going:
        waiting = [await queue.get()]
        while not queue.empty():
            waiting.append(queue.get_nowait())
        going = waiting[-1] is not None
        ready = [taken for taken in waiting if taken is not None]
        if ready:
            await asyncio.to_thread(write, ready)


def joined(several: Iterable[Taken]) -> Taken:
    """Several pages as one."""
    whole = Taken()
    for taken in several:
        whole.entries += taken.entries
        whole.rejects += taken.rejects
    return whole
