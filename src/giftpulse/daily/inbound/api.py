"""``/api/inbox``: what people wrote to us."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from giftpulse.daily.inbound import inbox
from giftpulse.daily.inbound.models import InboundText
from giftpulse.daily.inbound.schemas import (
    HandledIn,
    InboundOut,
    InboxQuery,
    ReplyIn,
    ReplyOut,
    inbound_out,
    reply_out,
)
from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.paging import Id, Page, page_of
from giftpulse.ground.problems import answers

router = APIRouter(prefix="/api/inbox", tags=["inbox"], dependencies=[Allowed], responses=answers(401, 403, 422))

TextId = Annotated[Id, Path(description="The id of a text in the inbox")]


@router.get("")
def list_inbox(query: Annotated[InboxQuery, Query()], site: AtSite, role: AsRole) -> Page[InboundOut]:
    """What people wrote, the newest first; `handled=false` is what waits for a person. Tokens that may only read see
    masked numbers, and may not ask for one (`phone` is a 403)."""
    with site.database.read() as session:
        return page_of(session, inbox.listed(query, role), InboundText.id, query, lambda row: inbound_out(row, role))


@router.get("/{text_id}", responses=answers(404))
def get_inbound_text(text_id: TextId, site: AtSite, role: AsRole) -> InboundOut:
    """One text."""
    with site.database.read() as session:
        return inbound_out(inbox.get(session, text_id), role)


@router.post("/{text_id}/handled", responses=answers(404, 413))
def handle_inbound_text(text_id: TextId, site: AtSite, role: AsRole, who: HandledIn | None = None) -> InboundOut:
    """Be done with a text: it waits for nobody any more."""
    by = (who or HandledIn()).by or f"{role} token"
    with site.database.begin() as session:
        return inbound_out(inbox.handle(session, text_id, by, clock.now()), role)


@router.post("/{text_id}/reply", status_code=201, responses=answers(404, 409, 413))
def reply_to_inbound_text(text_id: TextId, reply: ReplyIn, site: AtSite, role: AsRole) -> ReplyOut:
    """Answer a text, and be done with it. It is sent at once, by the number that was written to. Not possible for
    people who have opted out (409)."""
    with site.database.begin() as session:
        return reply_out(inbox.reply(session, site, text_id, reply.body, f"{role} token", clock.now()))
