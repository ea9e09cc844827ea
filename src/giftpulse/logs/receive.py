"""The one receive path of all webhooks: many deliveries, one transaction, and the answer only after the commit.

While one group is being committed the next gathers, so under load a commit carries hundreds of deliveries, and
alone it carries one at once. Under load the next also waits a moment for those that are just coming in: a commit costs
as much as twenty deliveries in it. If a group cannot be committed, each delivery is tried by itself: one bad delivery
costs no other its place.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from giftpulse.ground import clock
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.logs.entry import Entry, Source

log = logging.getLogger(__name__)

GROUP = 2000
"""Deliveries in one transaction, at most."""

_LOAD = 8  # deliveries of the last group, from which on more are surely coming
_MOMENT = 0.001  # seconds in which, under load, at least one more comes in
_MOMENTS = 10

WAITING = 20_000
"""Deliveries that may wait. Beyond, we say so (503) rather than take what we cannot store."""


class OverloadedError(GiftPulseError):
    """More webhooks are waiting than we are willing to hold in memory (HTTP 503)."""

    title = "Too much at once"


@dataclass
class Delivery:
    """What one webhook brought: entries, and what could not be made into one (raw, reason)."""

    source: Source
    entries: list[Entry] = field(default_factory=list)
    rejects: list[tuple[bytes, str]] = field(default_factory=list)


_Waiting = tuple[Delivery, "asyncio.Future[None]"]


class Receiver:
    """Takes deliveries from the event loop and commits them in groups on a thread of its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    def start(self) -> None:
        """Begin to take deliveries."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is waiting, answer it, and end."""
        self._queue.put(None)
        self._thread.join()

    async def take(self, delivery: Delivery) -> None:
        """Returns when the delivery is committed; raises what kept it from being so."""
        if self._queue.qsize() >= WAITING:
            raise OverloadedError("too many webhooks are waiting to be stored")
        committed = asyncio.get_running_loop().create_future()
        self._queue.put((delivery, committed))
        await committed

    def _run(self) -> None:
        going, last = True, 0
        while going:
            group: list[_Waiting] = []
            item = self._queue.get()
            if last >= _LOAD:
                self._let_more_come()
            while item is not None:
                group.append(item)
                if len(group) == GROUP:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            going, last = item is not None, len(group)
            if group:
                self._commit(group)

    def _let_more_come(self) -> None:
        """Wait as long as more come in, and not for long."""
        for _ in range(_MOMENTS):
            here = self._queue.qsize()
            time.sleep(_MOMENT)
            if self._queue.qsize() == here:
                return

    def _commit(self, group: Sequence[_Waiting]) -> None:
        if len(group) > 1 and sum([len(delivery.entries) for delivery, _ in group]) > store.AT_ONCE:
            # More than can be looked up and locked together: two transactions.
            self._commit(group[: len(group) // 2])
            self._commit(group[len(group) // 2 :])
            return
        try:
            self._write([delivery for delivery, _ in group])
        except Exception as error:  # the edge of this thread: somebody waits for an answer
            if len(group) > 1:
                log.warning("a group of webhooks could not be committed; trying them one by one", exc_info=error)
                for item in group:
                    self._commit([item])
                return
            log.error("a webhook could not be stored", exc_info=error)
            _answer(group, error)
            return
        _answer(group, None)

    def _write(self, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        said = [(entry, delivery.source) for delivery in deliveries for entry in delivery.entries]
        with self._site.database.begin() as session:
            store.write_mixed(session, said, now)
            _keep_rejects(session, deliveries, now)


def _keep_rejects(session: Session, deliveries: Sequence[Delivery], now: datetime) -> None:
    rejects = [(*reject, delivery.source) for delivery in deliveries for reject in delivery.rejects]
    # All writers go in the same order, so that no two can wait for each other.
    for raw, reason, source in sorted(rejects):
        store.reject(session, raw, reason, source, now)


def _answer(group: Sequence[_Waiting], error: Exception | None) -> None:
    """Wake the waiting requests, with one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for _, future in group:
        loops.setdefault(future.get_loop(), []).append(future)
    for loop, futures in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, futures, error)


def _resolve(futures: Sequence["asyncio.Future[None]"], error: Exception | None) -> None:
    for future in futures:
        if future.done():  # the caller has gone
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
