"""History: fetch everything since a date, going on where the last attempt was broken off.

Messages and calls go page by page. The error log goes by slices of time, no further back than Twilio lists it; broken
off, it begins its slice anew. What is older than any poll reaches is stored but owed to no reader: old failures open no
alerts.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from giftpulse.ground import clock
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from giftpulse.logs import slices
from giftpulse.logs.cursor import DAILY
from giftpulse.logs.intake import Taken, keep, read_rows
from giftpulse.logs.models import LogBackfill
from giftpulse.logs.slices import Slice
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import ALERTS, RESOURCES, Kind, Page, Resource
from giftpulse.twilio.rest import TwilioRest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """Where a backfill of one resource stands. ``share`` is 0 to 1 of the time between now and ``since``. One of
    alerts may be finished without having ``reached`` its ``since``: Twilio lists 30 days of them."""

    resource: str
    records: int
    reached: datetime
    share: float
    finished: bool


def backfill(
    site: Site, since: datetime, tell: Callable[[Progress], None], kinds: Iterable[Kind] = tuple(RESOURCES)
) -> list[Progress]:
    """Fetch the history back to ``since``. ``tell`` hears of every page. Raises TwilioError; run again to go on."""
    account = account_of(site.settings)
    if account is None:
        raise ConflictError("TWILIO_ACCOUNT_SID: expected an account to fetch from")
    return asyncio.run(_all(site, account, since, tell, [RESOURCES[kind] for kind in kinds]))


async def _all(
    site: Site, account: Account, since: datetime, tell: Callable[[Progress], None], resources: list[Resource]
) -> list[Progress]:
    async with TwilioRest(account, site.settings) as rest:
        return [await _one(site, rest, resource, since, tell) for resource in resources]


async def _one(
    site: Site, rest: TwilioRest, resource: Resource, since: datetime, tell: Callable[[Progress], None]
) -> Progress:
    progress = await asyncio.to_thread(_open, site, rest.account.sid, resource, since, clock.now())
    if progress.finished:
        return progress
    if resource is ALERTS:
        return await _Alerts(site, rest, since, tell).run()
    try:
        return await _walk(site, rest, resource, since, tell)
    except TwilioError as error:
        if error.refusal is None or error.refusal.status not in (400, 404):
            raise
        # Twilio no longer knows the place where we stopped: begin anew; what is there already is not written again.
        await asyncio.to_thread(_forget_place, site, rest.account.sid, resource, since)
        return await _walk(site, rest, resource, since, tell)


async def _walk(
    site: Site, rest: TwilioRest, resource: Resource, since: datetime, tell: Callable[[Progress], None]
) -> Progress:
    start = await asyncio.to_thread(_place, site, rest.account.sid, resource, since)
    async for page in rest.pages(resource, start=start):
        progress = await asyncio.to_thread(_write, site, rest.account.sid, resource, since, page)
        tell(progress)
        if progress.finished:
            return progress
    raise AssertionError("the last page, which has no next one, finishes")


class _Alerts:
    """The walk down the error log, the newest slice first. The row remembers whole slices only: the time that is
    ``reached``, and the records from there on."""

    def __init__(self, site: Site, rest: TwilioRest, since: datetime, tell: Callable[[Progress], None]) -> None:
        self.site, self.rest, self.since, self._tell = site, rest, since, tell
        self.account = rest.account.sid
        self.furthest: Progress | None = None

    async def run(self) -> Progress:
        """Fetch what is left; answers where it ended, which is later than wanted where Twilio lists no more."""
        oldest = slices.oldest(clock.now())
        if self.since < oldest:
            facts = {"wanted": self.since.isoformat(), "possible": oldest.isoformat()}
            log.warning("Twilio lists no alerts that are older than 30 days; all younger ones are fetched", extra=facts)
        waiting = [await asyncio.to_thread(self._left)]
        while waiting:
            part = waiting.pop()
            start = max(part.start, slices.oldest(clock.now()))
            if start >= part.end:  # it has become too old meanwhile, and so has all before it
                break
            part = Slice(start, part.end)
            rows, records = await self._fetch(part)
            if parts := part.parts(rows):
                waiting += parts
                continue
            self.tell(await asyncio.to_thread(self._passed, part, records, not waiting))
        return await asyncio.to_thread(self._finish)

    async def _fetch(self, part: Slice) -> tuple[int, int]:
        """Store the pages of a slice. Answers how many rows they had, and how many records that no newer slice has."""
        rows = records = 0
        async for page in self.rest.pages(ALERTS, part.filters()):
            taken = await asyncio.to_thread(self._store, page)
            rows += len(page.rows)
            times = [entry.event_at for entry in taken.entries if entry.event_at is not None]
            records += len(page.rows) - sum(time >= part.end for time in times)
            if page.next_url is not None:
                self.tell(await asyncio.to_thread(self._under_way, part, records, times))
        return rows, records

    def _left(self) -> Slice:
        with self.site.database.read() as session:
            row = _find(session, self.account, ALERTS, self.since)
            # A day more at the beginning: Twilio's clock may be ahead of ours.
            end = row.reached if row.reached < row.until else row.until + timedelta(days=1)
            return Slice(self.since, end)

    def _store(self, page: Page) -> Taken:
        with self.site.database.begin() as session:
            taken = read_rows("alert", page.rows, self.account, keep_body=self.site.settings.store_bodies)
            _keep_apart(session, taken, clock.now())
            return taken

    def _under_way(self, part: Slice, records: int, times: list[datetime]) -> Progress:
        with self.site.database.read() as session:
            row = _find(session, self.account, ALERTS, self.since)
            return _progress(row, records, max(part.start, min([*times, row.reached])))

    def _passed(self, part: Slice, records: int, is_last: bool) -> Progress:
        with self.site.database.begin() as session:
            row = _find(session, self.account, ALERTS, self.since)
            row.records += records
            row.reached = min(part.start, row.reached)
            row.finished_at = clock.now() if is_last else None
            return _progress(row)

    def _finish(self) -> Progress:
        with self.site.database.begin() as session:
            row = _find(session, self.account, ALERTS, self.since)
            row.finished_at = clock.now()
            return _progress(row)

    def tell(self, progress: Progress) -> None:
        """Tell it, but nothing that would go back: a slice that is parted is fetched again."""
        before = self.furthest or progress
        self.furthest = replace(
            progress,
            records=max(progress.records, before.records),
            reached=min(progress.reached, before.reached),
            share=max(progress.share, before.share),
        )
        self._tell(self.furthest)


def _write(site: Site, account_sid: str, resource: Resource, since: datetime, page: Page) -> Progress:
    now = clock.now()
    with site.database.begin() as session:
        taken = read_rows(resource.kind, page.rows, account_sid, keep_body=site.settings.store_bodies)
        _keep_apart(session, taken, now)
        row = _find(session, account_sid, resource, since)
        dates = [d for d in (entry.twilio_created_at or entry.event_at for entry in taken.entries) if d is not None]
        row.records += len(page.rows)
        row.reached = min([*dates, row.reached])
        row.next_url = page.next_url
        if page.next_url is None or (dates and max(dates) < since):
            row.finished_at, row.reached = now, since
        return _progress(row)


def _keep_apart(session: Session, taken: Taken, now: datetime) -> None:
    """What polls still reach is news like any other, or whoever reads changes would never hear of it."""
    reach = now - DAILY
    old = [entry for entry in taken.entries if (entry.twilio_created_at or entry.event_at or now) < reach]
    young = [entry for entry in taken.entries if (entry.twilio_created_at or entry.event_at or now) >= reach]
    keep(session, Taken(old, taken.rejects), "backfill", now, history=True)
    keep(session, Taken(young), "backfill", now)


def _open(site: Site, account_sid: str, resource: Resource, since: datetime, now: datetime) -> Progress:
    with site.database.begin() as session:
        row = session.scalar(_query(account_sid, resource, since))
        if row is None:
            row = LogBackfill(
                account_sid=account_sid, resource=resource.kind, since=since, until=now, reached=now, records=0
            )
            session.add(row)
        return _progress(row)


def _place(site: Site, account_sid: str, resource: Resource, since: datetime) -> str | None:
    with site.database.read() as session:
        return _find(session, account_sid, resource, since).next_url


def _forget_place(site: Site, account_sid: str, resource: Resource, since: datetime) -> None:
    with site.database.begin() as session:
        _find(session, account_sid, resource, since).next_url = None


def _query(account_sid: str, resource: Resource, since: datetime) -> Select[LogBackfill]:
    return (
        select(LogBackfill)
        .where(LogBackfill.account_sid == account_sid, LogBackfill.resource == resource.kind)
        .where(LogBackfill.since == since)
        .order_by(LogBackfill.id.desc())
        .limit(1)
    )


def _find(session: Session, account_sid: str, resource: Resource, since: datetime) -> LogBackfill:
    return session.scalars(_query(account_sid, resource, since)).one()


def _progress(row: LogBackfill, more: int = 0, reached: datetime | None = None) -> Progress:
    finished, reached = row.finished_at is not None, reached or row.reached
    span = (row.until - row.since).total_seconds()
    share = 1.0 if finished or span <= 0 else min(1.0, (row.until - reached).total_seconds() / span)
    return Progress(row.resource, row.records + more, reached, share, finished)
