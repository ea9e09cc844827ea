"""``/api/subscribers``: who gets the texts, where and when, and what they agreed to. What reaches into other rooms
(why, export, erasure) is in ``daily/insight``."""

from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from giftpulse.daily.subscribers import store
from giftpulse.daily.subscribers.importing import import_csv
from giftpulse.daily.subscribers.ledger import lines_of
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.daily.subscribers.schemas import (
    ConsentOut,
    ImportedOut,
    ImportQuery,
    RowErrorOut,
    SubscriberIn,
    SubscriberOut,
    SubscriberPatch,
    SubscriberQuery,
    consent_out,
    subscriber_out,
)
from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.paging import Id, Page, PagingQuery, page_of
from giftpulse.ground.problems import answers

router = APIRouter(
    prefix="/api/subscribers", tags=["subscribers"], dependencies=[Allowed], responses=answers(401, 403, 422)
)

SubscriberId = Annotated[Id, Path(description="The id of a subscriber")]
Csv = Annotated[
    bytes,
    Body(media_type="text/csv", description="A CSV file with a line of headers", examples=["phone\n+13035550123\n"]),
]


@router.get("")
def list_subscribers(query: Annotated[SubscriberQuery, Query()], site: AtSite, role: AsRole) -> Page[SubscriberOut]:
    """People in all programs, the newest first. Tokens that may only read see masked numbers, and may ask neither for a
    number (`phone` is a 403) nor for a part of one (`q` looks at names only)."""
    with site.database.read() as session:
        statement = store.listed(query, role)
        return page_of(session, statement, Subscriber.id, query, lambda one: subscriber_out(one, role))


@router.post("", status_code=201, responses=answers(409, 413))
def create_subscriber(subscriber: SubscriberIn, site: AtSite, role: AsRole) -> SubscriberOut:
    """Take a person into a program. It needs a consent; a pending one is asked to reply YES as well.
    Whoever has left comes back by their own act only: that is a 409, as is a number that is there already."""
    with site.database.begin() as session:
        return subscriber_out(store.create(session, site, subscriber, f"{role} token", clock.now()))


@router.post("/import", responses=answers(404, 413))
def import_subscribers(query: Annotated[ImportQuery, Query()], body: Csv, site: AtSite, role: AsRole) -> ImportedOut:
    """Take in a CSV file of up to 1 MiB, the most that this API takes; `giftpulse subscribers import` takes any.
    Good lines come in, bad ones are told with their number. Columns: phone, timezone, zip, state, first_name,
    window_start, window_end, language, theme, status, consent_source, consent_at, consent_wording."""
    said = query.consent(f"{role} token", clock.now())
    done = import_csv(site, query.program_id, BytesIO(body), consent=said, country=query.country)
    refused = [RowErrorOut(line=one.line, field=one.field, reason=one.reason) for one in done.refused]
    return ImportedOut(lines=done.lines, added=done.added, already=done.already, refused=refused)


@router.get("/{subscriber_id}", responses=answers(404))
def get_subscriber(subscriber_id: SubscriberId, site: AtSite, role: AsRole) -> SubscriberOut:
    """One person."""
    with site.database.read() as session:
        return subscriber_out(store.get(session, subscriber_id), role)


@router.patch("/{subscriber_id}", responses=answers(404, 409, 413))
def change_subscriber(
    subscriber_id: SubscriberId, subscriber: SubscriberPatch, site: AtSite, role: AsRole
) -> SubscriberOut:
    """Change some fields of a person. Another place or window: what is planned for them is planned anew."""
    with site.database.begin() as session:
        return subscriber_out(store.change_fields(session, subscriber_id, subscriber, f"{role} token", clock.now()))


@router.get("/{subscriber_id}/consent", responses=answers(404))
def list_consent(subscriber_id: SubscriberId, paging: PagingQuery, site: AtSite, role: AsRole) -> Page[ConsentOut]:
    """The consent ledger of a person, the newest line first."""
    with site.database.read() as session:
        lines = lines_of(store.get(session, subscriber_id))
        return page_of(session, lines, ConsentEvent.id, paging, lambda line: consent_out(line, role))
