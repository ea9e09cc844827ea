"""``/api/messages``: the daily texts, one for each person and local date."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query

from giftpulse.daily.outbox import listing
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.schemas import MessageDetail, MessageOut, MessageQuery, event_out, message_out
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.paging import Id, Page, page_of
from giftpulse.ground.problems import answers
from giftpulse.logs import find
from giftpulse.logs.schemas import change_out

router = APIRouter(prefix="/api/messages", tags=["messages"], dependencies=[Allowed], responses=answers(401, 403, 422))

MessageId = Annotated[Id, Path(description="The id of a daily text")]


@router.get("")
def list_messages(query: Annotated[MessageQuery, Query()], site: AtSite, role: AsRole) -> Page[MessageOut]:
    """Daily texts, by person and then by date, both backwards. `total` is counted for one person or SID only. Tokens
    that may only read see masked numbers."""
    with site.database.read() as session:
        asked = listing.uncounted(query)
        page = page_of(session, listing.listed(query), Delivery.id, asked, lambda row: row)
        phones = listing.phones_of(session, page.items)
    shown = [message_out(row, phones.get(row.subscriber_id), role) for row in page.items]
    return Page[MessageOut](items=shown, **page.model_dump(exclude={"items"}))


@router.get("/{message_id}", responses=answers(404))
def get_message(message_id: MessageId, site: AtSite, role: AsRole) -> MessageDetail:
    """One daily text: its words, what happened to it, and what Twilio said of it."""
    with site.database.read() as session:
        row = listing.get(session, message_id)
        phone = listing.phones_of(session, [row]).get(row.subscriber_id)
        entry = find.by_sid(session, row.sid) if row.sid else None
        changes = find.changes_of(session, entry) if entry else ()
        return MessageDetail(
            **message_out(row, phone, role).model_dump(),
            text=listing.text_of(session, row),
            events=[event_out(event, role) for event in listing.events_of(session, row)],
            history=[change_out(c, json.loads(c.other) if c.other else {}, role) for c in changes],
        )
