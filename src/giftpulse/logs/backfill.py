"""History: fetch everything since a date, page by page, going on where the last attempt was broken off.

What is older than any poll reaches is stored but owed to no reader: old failures open no alerts.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from giftpulse.ground import clock
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from giftpulse.logs.cursor import DAILY
from giftpulse.logs.intake import Taken, keep, read_rows
from giftpulse.logs.models import LogBackfill
from giftpulse.logs.pull import ALERT_DAYS
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import ALERTS, RESOURCES, Kind, Page, Resource
from giftpulse.twilio.rest import TwilioRest


@dataclass(frozen=True)
class Progress:
    """Where a backfill of one resource stands. ``share`` is 0 to 1 of the time between now and ``since``."""

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
    # Monitor answers nothing that lies further back than its limit, which moves on with the clock.
    oldest = max(since, clock.now() - ALERT_DAYS) if resource is ALERTS else since
    filters = {"StartDate": oldest.strftime("%Y-%m-%dT%H:%M:%SZ")} if resource is ALERTS else None
    async for page in rest.pages(resource, filters, start=start):
        progress = await asyncio.to_thread(_write, site, rest.account.sid, resource, since, page)
        tell(progress)
        if progress.finished:
            return progress
    raise AssertionError("the last page, which has no next one, finishes")


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


def _progress(row: LogBackfill) -> Progress:
    span = (row.until - row.since).total_seconds()
    share = (row.until - row.reached).total_seconds() / span if span > 0 else 1.0
    return Progress(row.resource, row.records, row.reached, min(1.0, share), row.finished_at is not None)
