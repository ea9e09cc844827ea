"""The chase: ask Twilio by SID for records that are still open at the ages of chase.py."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk, clock
from giftpulse.ground.database import instant_text
from giftpulse.ground.site import Site
from giftpulse.logs import chase
from giftpulse.logs.intake import take_rows
from giftpulse.logs.models import LogEntry
from giftpulse.logs.readers import entry_of
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import RESOURCES, Kind
from giftpulse.twilio.rest import TwilioRest

AT_ONCE = 200
_LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class _Due:
    id: int
    kind: Kind
    sid: str


@dataclass
class Rechecked:
    """What one step of the chase did."""

    asked: int = 0
    changed: int = 0
    gone: int = 0
    failed: int = 0


def recheck(site: Site) -> Rechecked:
    """Ask for up to 200 records whose time has come. Call again while ``asked`` is 200."""
    account = account_of(site.settings)
    if account is None:
        return Rechecked()
    with site.database.begin() as session:
        due = _claim(session, account.sid, clock.now())
    if not due:
        return Rechecked()
    answers = asyncio.run(_ask(site, account, due))
    now, result = clock.now(), Rechecked(asked=len(due))
    with site.database.begin() as session:
        for kind in {item.kind for item in due}:
            rows = [answers[item.id] for item in due if item.kind == kind]
            found = [row for row in rows if isinstance(row, bytes)]
            keep = site.settings.store_bodies
            taken = take_rows(session, kind, found, account.sid, "chase", now, keep_body=keep)
            result.changed += taken.written.changed
        gone = [item.id for item in due if answers[item.id] is None]
        failed = [item.id for item in due if isinstance(answers[item.id], TwilioError)]
        result.gone, result.failed = len(gone), len(failed)
        _reschedule(session, {item.id for item in due}, set(gone), now)
    return result


def _claim(session: Session, account_sid: str, now: datetime) -> list[_Due]:
    """Take what is due. The date moves on by a lease, so that a crash only delays the question."""
    statement = (
        select(LogEntry.id, LogEntry.kind, LogEntry.sid)
        .where(LogEntry.chase_at <= now, LogEntry.account_sid == account_sid)
        .order_by(LogEntry.chase_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    due = [_Due(row.id, row.kind, row.sid) for row in session.execute(statement)]
    ids = [item.id for item in due]
    session.execute(update(LogEntry).where(bulk.among(session, LogEntry.id, ids)).values(chase_at=now + _LEASE))
    return due


async def _ask(site: Site, account: Account, due: list[_Due]) -> dict[int, bytes | TwilioError | None]:
    async with TwilioRest(account, site.settings) as rest:

        async def one(item: _Due) -> bytes | TwilioError | None:
            try:
                return await rest.fetch(RESOURCES[item.kind], item.sid)
            except TwilioError as error:
                return error

        return dict(zip((item.id for item in due), await asyncio.gather(*map(one, due)), strict=True))


def _reschedule(session: Session, asked: set[int], gone: set[int], now: datetime) -> None:
    """Next date of everything that was asked for, answered or not. What Twilio has no longer is closed."""
    rows = []
    for entry in session.scalars(select(LogEntry).where(bulk.among(session, LogEntry.id, sorted(asked)))):
        at, settled = chase.plan(entry_of(entry), entry.seen_at, now)
        rows.append((entry.id, None, "gone") if entry.id in gone else (entry.id, at and instant_text(at), settled))
    bulk.update(session, LogEntry.__table__, "id", ("chase_at", "settled"), rows)  # type: ignore[arg-type]
