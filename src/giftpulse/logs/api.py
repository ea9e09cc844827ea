"""``/api/logs``: what Twilio said."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query

from giftpulse.ground.access import Allowed, AsRole, AtSite, may_name_numbers
from giftpulse.ground.paging import Id, Page, page_of
from giftpulse.ground.problems import answers
from giftpulse.logs import find
from giftpulse.logs.models import POSITION_BITS, LogEntry
from giftpulse.logs.schemas import LogDetail, LogOut, LogQuery, change_out, detail_out, log_out

router = APIRouter(prefix="/api/logs", tags=["logs"], dependencies=[Allowed], responses=answers(401, 403, 422))


@router.get("")
def list_logs(query: Annotated[LogQuery, Query()], site: AtSite, role: AsRole) -> Page[LogOut]:
    """Messages, calls and alerts, the newest first. Tokens that may only read see masked numbers and no bodies, and
    may not ask for a number."""
    for field in ("from_number", "to_number"):
        if getattr(query, field) is not None:
            may_name_numbers(role, field)
    with site.database.read() as session:
        page = page_of(session, find.listed(query, role), LogEntry.id, query, lambda entry: entry)
        owed = find.owed_batches(session, page.items)
        shown = [log_out(entry, entry.last_change_id >> POSITION_BITS not in owed, role) for entry in page.items]
        return Page[LogOut](items=shown, **page.model_dump(exclude={"items"}))


@router.get("/{log_id}", responses=answers(404))
def get_log(log_id: Annotated[Id, Path()], site: AtSite, role: AsRole) -> LogDetail:
    """One entry: Twilio's raw record, every transition that was seen, and what belongs to it. Tokens that may only
    read see masked numbers, and neither the body nor the raw record."""
    with site.database.read() as session:
        entry = find.get(session, log_id)
        related = find.related_to(session, entry)
        owed = find.owed_batches(session, [entry, *related])
        seen = find.changes_of(session, entry)
        changes = [change_out(change, json.loads(change.other) if change.other else {}, role) for change in seen]
        outs = [log_out(other, other.last_change_id >> POSITION_BITS not in owed, role) for other in related]
        processed = entry.last_change_id >> POSITION_BITS not in owed
        return detail_out(entry, processed, find.raw_of(entry), changes, outs, role)
