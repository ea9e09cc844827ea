"""Polling: walk each list newest first until a whole page is older than the cutoff, and store what it says.

The three resources are pulled side by side and fail apart: no permission for alerts does not stop messages.
A lease per resource keeps two pullers from racing; its fence is checked with every page that is written.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from giftpulse.ground import clock, lock
from giftpulse.ground.site import Site
from giftpulse.logs import cursor, slices
from giftpulse.logs.cursor import Sweep
from giftpulse.logs.entry import Entry
from giftpulse.logs.intake import Taken, joined, keep, pour, read_rows
from giftpulse.logs.models import LogCursor
from giftpulse.logs.slices import Slice
from giftpulse.logs.store import Written
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import ALERTS, RESOURCES, Kind, Page, Resource
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
_RENEWED_EVERY = 20.0  # seconds; a request to Twilio may take longer than the lease lasts


class LeaseLostError(RuntimeError):
    """Another puller has taken over this resource."""


@dataclass
class Pulled:
    """What one pull of one resource did."""

    resource: str
    pages: int = 0
    written: Written = field(default_factory=Written)
    rejected: int = 0
    error: str | None = None
    skipped: str | None = None


def pull(site: Site, *, since: datetime | None = None, kinds: Iterable[Kind] = tuple(RESOURCES)) -> list[Pulled]:
    """Pull every resource once. ``since`` overrides how far back to look. Errors are in the answer, not raised."""
    account = account_of(site.settings)
    if account is None:
        return []
    return asyncio.run(_pull_all(site, account, [RESOURCES[kind] for kind in kinds], since))


async def _pull_all(
    site: Site, account: Account, resources: Sequence[Resource], since: datetime | None
) -> list[Pulled]:
    async with TwilioRest(account, site.settings) as rest:
        return list(await asyncio.gather(*(_Pull(site, rest, resource).run(since) for resource in resources)))


class _Pull:
    """One walk down one resource, under its lease."""

    def __init__(self, site: Site, rest: TwilioRest, resource: Resource) -> None:
        self.site, self.rest, self.resource = site, rest, resource
        self.lease = f"pull:{rest.account.sid}:{resource.kind}"
        self.fence = 0
        self.started = clock.now()
        self.done = Pulled(resource.kind)

    async def run(self, since: datetime | None) -> Pulled:
        """Pull, and remember how it went."""
        sweep = await asyncio.to_thread(self._begin, since)
        if sweep is None:
            self.done.skipped = "another puller is at work"
            return self.done
        keeper = asyncio.create_task(self._keep_lease())
        try:
            if self.resource is ALERTS:
                start = max(sweep.cutoff, slices.oldest(self.started))
                await self._alerts(Slice(start, self.started + timedelta(days=1)))
            else:
                # No date filter: rows that were never sent have no date, and would be left out.
                await self._down(self.rest.pages(self.resource), sweep.cutoff)
        except (TwilioError, LeaseLostError) as error:
            self.done.error = str(error)
            log.warning("a pull broke off", extra={"resource": self.resource.kind, "reason": str(error)})
        except Exception as error:  # the edge between one resource and the others, which must go on
            self.done.error = f"{type(error).__name__}: {error}"
            log.exception("a pull failed", extra={"resource": self.resource.kind})
        finally:
            keeper.cancel()
        await asyncio.to_thread(self._end, sweep if since is None else None)
        return self.done

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY)
            await asyncio.to_thread(self._renew)

    def _renew(self) -> None:
        now = clock.now()
        with self.site.database.begin() as session:
            if lock.holds(session, self.lease, self.site.holder, self.fence, now):
                lock.acquire(session, self.lease, self.site.holder, now, LEASE)

    async def _alerts(self, whole: Slice) -> None:
        waiting = [whole]
        while waiting:
            part = waiting.pop()
            rows = await self._down(self.rest.pages(ALERTS, part.filters()), part.start)
            waiting += part.parts(rows)

    async def _down(self, pages: AsyncIterator[Page], cutoff: datetime) -> int:
        rows = 0

        def is_last(page: Page, taken: Taken) -> bool:
            nonlocal rows
            rows += len(page.rows)
            # The order is only nearly that of creation, so one old row says nothing; a whole page of them does.
            return bool(taken.entries) and all(_born(entry) < cutoff for entry in taken.entries)

        await pour(pages, self._read, self._write, is_last)
        return rows

    def _read(self, page: Page) -> Taken:
        self.done.pages += 1
        keep_body = self.site.settings.store_bodies
        return read_rows(self.resource.kind, page.rows, self.rest.account.sid, keep_body=keep_body)

    def _write(self, pages: list[Taken]) -> None:
        now = clock.now()
        with self.site.database.begin() as session:
            if not lock.holds(session, self.lease, self.site.holder, self.fence, now):
                raise LeaseLostError("another puller has taken over")
            lock.acquire(session, self.lease, self.site.holder, now, LEASE)
            taken = keep(session, joined(pages), "poll", now)
        self.done.written += taken.written
        self.done.rejected += taken.rejected

    def _begin(self, since: datetime | None) -> Sweep | None:
        first_look = timedelta(hours=self.site.settings.first_poll_hours)
        with self.site.database.begin() as session:
            fence = lock.acquire(session, self.lease, self.site.holder, self.started, LEASE)
            if fence is None:
                return None
            self.fence = fence
            known = session.get(LogCursor, (self.rest.account.sid, self.resource.kind))
            return Sweep(since) if since is not None else cursor.plan(known, self.started, first_look)

    def _end(self, sweep: Sweep | None) -> None:
        account, kind = self.rest.account.sid, self.resource.kind
        with self.site.database.begin() as session:
            if self.done.error is not None:
                cursor.failed(session, account, kind, self.done.error, self.started)
            elif sweep is not None:
                cursor.succeeded(session, account, kind, sweep, self.started)
            lock.release(session, self.lease, self.site.holder)


def _born(entry: Entry) -> datetime:
    """When the row came to be; a row without any date is never too old."""
    return entry.twilio_created_at or entry.event_at or clock.now()
