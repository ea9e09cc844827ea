"""``giftpulse check-message``: everything about one message, from the record and from Twilio itself."""

import asyncio
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

import typer

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, err, opened, out, show_facts, show_json, show_table
from giftpulse.daily.outbox.of_message import Ours, of_message
from giftpulse.ground import clock
from giftpulse.ground.errors import GiftPulseError, InvalidInputError, NotFoundError
from giftpulse.ground.site import Site
from giftpulse.logs import find
from giftpulse.logs.api import get_log
from giftpulse.logs.intake import take_rows
from giftpulse.logs.schemas import LogDetail
from giftpulse.twilio import statuses
from giftpulse.twilio.accounts import Account, account_of
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.records import CALLS, MESSAGES, Resource
from giftpulse.twilio.rest import TwilioRest

_SID = re.compile(r"(SM|MM|CA)[0-9a-fA-F]{32}\Z")


class BadRecordError(GiftPulseError):
    """Twilio's own record of a message could not be read."""


@app.command()
def check_message(
    sid: str = typer.Argument(metavar="SID", help="SID of a message (SM..., MM...) or a call (CA...)"),
    offline: bool = typer.Option(False, "--offline", help="Look into the record only, do not ask Twilio"),
    as_json: AsJson = False,
) -> None:
    """Say what became of a message: status, history, what its error means and what to do next."""
    found = _SID.match(sid := sid.strip())
    if found is None:
        raise InvalidInputError.at("SID", "expected SM, MM or CA followed by 32 hexadecimal digits")
    resource = CALLS if found[1] == "CA" else MESSAGES
    with opened() as site:
        asked = "not asked" if offline else _ask(site, resource, sid)
        with site.database.read() as session:
            entry = find.by_sid(session, sid)
        if entry is None:
            raise NotFoundError(f"there is no {resource.kind} {sid} in the record; Twilio: {asked}")
        with site.database.read() as session:
            ours = of_message(session, sid)
        detail = get_log(entry.id, site, "admin")
        step = next_step(detail, entry.chase_at)
    if as_json:
        delivery = None if ours is None else asdict(ours)
        show_json({**detail.model_dump(mode="json"), "next_step": step, "twilio": asked, "delivery": delivery})
    else:
        _show(detail, step, asked)
        if ours is not None:
            _show_ours(ours)


def _ask(site: Site, resource: Resource, sid: str) -> str:
    """Ask Twilio and bring the answer into the record. Raises TwilioError only if the record knows nothing."""
    account = account_of(site.settings)
    if account is None:
        return "not asked, TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set"
    with site.database.read() as session:
        known = find.by_sid(session, sid)
    if known is not None and known.account_sid != account.sid:
        return f"not asked, for it belongs to the account {known.account_sid}"
    try:
        record = asyncio.run(_fetch(site, account, resource, sid))
    except TwilioError as error:
        if known is None:
            raise
        err.print(f"Twilio could not be asked, so this is what the record says: {error}", markup=False)
        return "could not be asked"
    if record is None:
        return f"does not know this {resource.kind}"
    timetable.enrol(site)
    with site.database.begin() as session:
        keep = site.settings.store_bodies
        taken = take_rows(session, resource.kind, [record], account.sid, "chase", clock.now(), keep_body=keep)
    if taken.rejected:
        raise BadRecordError(f"Twilio's record of {sid} could not be read; it is kept among the rejects")
    return "asked just now"


async def _fetch(site: Site, account: Account, resource: Resource, sid: str) -> bytes | None:
    async with TwilioRest(account, site.settings) as rest:
        return await rest.fetch(resource, sid)


def next_step(detail: LogDetail, asked_again_at: datetime | None) -> str:
    """What the operator should do now."""
    if detail.error is not None:
        return detail.error.action
    if detail.settled == "gone":
        return "Nothing: Twilio has deleted the record."
    if detail.status in ("failed", "undelivered"):
        return "Twilio gave no error code: look at the message in Twilio's console."
    if detail.status and statuses.is_settled(detail.log_type, detail.status):
        return "Nothing: this is its end."
    if asked_again_at is not None:
        return f"Wait: it is under way; Twilio is asked again at {asked_again_at:%Y-%m-%d %H:%M} UTC."
    return "Nothing more is to be expected: carriers without receipts never say that they delivered."


def _show(detail: LogDetail, step: str, asked: str) -> None:
    error = detail.error
    cost = None if detail.price is None else f"{detail.price} {detail.price_unit or ''}".rstrip()
    show_facts(
        {
            detail.log_type: detail.twilio_sid,
            "status": detail.status or "unknown",
            "error": error and f"{error.code}: {error.meaning} ({error.link})",
            "Twilio's words": detail.error_message,
            "next step": step,
            "direction": detail.direction,
            "from": detail.from_number,
            "to": detail.to_number,
            "service": detail.messaging_service_sid,
            "body": detail.body,
            "segments": detail.segments,
            "duration": None if detail.duration is None else f"{detail.duration} s",
            "price": cost,
            "happened": _date(detail.timestamp),
            "first seen": _date(detail.created_at),
            "Twilio": asked,
        }
    )
    out.print()
    rows: list[tuple[Any, ...]] = [
        (_date(c.event_at), c.source, c.status_before, c.status_after, c.error_code_after, ", ".join(c.other))
        for c in detail.changes
    ]
    show_table(("at", "told by", "from", "to", "error", "also changed"), rows, "No history is kept.")
    for other in detail.related:
        meaning = f"{other.error_code}: {other.error.meaning}" if other.error else other.status
        out.print(f"see also {other.log_type} {other.twilio_sid} ({meaning})", markup=False)


def _show_ours(ours: Ours) -> None:
    """Which of our texts it is."""
    billed = "not told yet" if ours.billed is None else ours.billed
    out.print()
    show_facts(
        {
            "our text": "the daily one" if ours.kind == "daily" else "a note beside the daily one",
            "person": ours.person or "erased",
            "subscriber": ours.subscriber_id,
            "program": ours.program,
            "date": ours.local_date,
            "edition": ours.edition_id,
            "state": ours.state if ours.reason is None else f"{ours.state}: {ours.reason}",
            "attempts": ours.attempts,
            "segments": f"{ours.predicted} predicted, billed: {billed}" if ours.predicted is not None else None,
        }
    )
    if ours.person is not None:
        out.print(f"All about them: giftpulse why {ours.person}", markup=False)


def _date(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
