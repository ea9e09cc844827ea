"""The routes of messages, calls and alerts, as a client of Twilio sees them."""

from aiohttp import web

from giftpulse.simulator import calling, sending
from giftpulse.simulator.filters import ALERT_MOST, wanted_alerts, wanted_calls, wanted_messages
from giftpulse.simulator.ledger import Ledger, Page, T
from giftpulse.simulator.messages import API_VERSION
from giftpulse.simulator.problems import Refusal, not_found
from giftpulse.simulator.web_ground import (
    WORLD,
    base_url,
    checked_size,
    form,
    listed,
    named_account,
    reply,
    signed_in,
    with_meta,
)

routes = web.RouteTableDef()
_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"


def _row(ledger: Ledger[T], request: web.Request) -> T:
    row = ledger.get(request.match_info["sid"])
    if row is None:
        raise not_found(request.path)
    return row


def _bad_token() -> Refusal:
    return Refusal(400, 20001, "PageToken is not valid")


@routes.get(_ACCOUNT + ".json")
async def account(request: web.Request) -> web.Response:
    """The account itself; the cheapest way to try credentials."""
    about = named_account(request).about
    return reply(
        {
            "sid": about.sid,
            "friendly_name": about.friendly_name,
            "owner_account_sid": about.parent or about.sid,
            "status": "active",
            "type": "Full",
            "auth_token": "",
            "date_created": "Mon, 01 Jan 2024 00:00:00 +0000",
            "date_updated": "Mon, 01 Jan 2024 00:00:00 +0000",
            "uri": f"/{API_VERSION}/Accounts/{about.sid}.json",
            "subresource_uris": {},
        }
    )


@routes.post(_ACCOUNT + "/Messages.json")
async def create_message(request: web.Request) -> web.Response:
    """Take an order; 201 with the record as it is at this moment."""
    mine = named_account(request)
    return reply(sending.create(request.app[WORLD], mine, await form(request)).wire(), 201)


@routes.get(_ACCOUNT + "/Messages.json")
async def list_messages(request: web.Request) -> web.Response:
    """A page of messages, newest first."""
    mine = named_account(request)
    page, size = checked_size(request)
    try:
        found = mine.messages.page(wanted_messages(request.query), size, request.query.get("PageToken"))
    except KeyError:
        raise _bad_token() from None
    return listed(request, "messages", [row.wire() for row in found.rows], found, page, size)


@routes.get(_ACCOUNT + "/Messages/{sid}.json")
async def fetch_message(request: web.Request) -> web.Response:
    """One message."""
    return reply(_row(named_account(request).messages, request).wire())


@routes.post(_ACCOUNT + "/Messages/{sid}.json")
async def change_message(request: web.Request) -> web.Response:
    """Redact or cancel."""
    row = _row(named_account(request).messages, request)
    return reply(sending.change(request.app[WORLD], row, await form(request)).wire())


@routes.delete(_ACCOUNT + "/Messages/{sid}.json")
async def delete_message(request: web.Request) -> web.Response:
    """Remove the record; 204."""
    mine = named_account(request)
    mine.messages.remove(_row(mine.messages, request).sid)
    return web.Response(status=204)


@routes.post(_ACCOUNT + "/Calls.json")
async def create_call(request: web.Request) -> web.Response:
    """Place a call."""
    mine = named_account(request)
    return reply(calling.order(request.app[WORLD], mine, await form(request)).wire(), 201)


@routes.get(_ACCOUNT + "/Calls.json")
async def list_calls(request: web.Request) -> web.Response:
    """A page of calls, newest first."""
    mine = named_account(request)
    page, size = checked_size(request)
    try:
        found = mine.calls.page(wanted_calls(request.query), size, request.query.get("PageToken"))
    except KeyError:
        raise _bad_token() from None
    return listed(request, "calls", [row.wire() for row in found.rows], found, page, size)


@routes.get(_ACCOUNT + "/Calls/{sid}.json")
async def fetch_call(request: web.Request) -> web.Response:
    """One call."""
    return reply(_row(named_account(request).calls, request).wire())


@routes.post(_ACCOUNT + "/Calls/{sid}.json")
async def change_call(request: web.Request) -> web.Response:
    """Hang up or cancel."""
    row = _row(named_account(request).calls, request)
    status = (await form(request)).get("Status", [""])[-1]
    return reply(calling.change(request.app[WORLD], row, status).wire())


@routes.get("/v1/Alerts")
async def list_alerts(request: web.Request) -> web.Response:
    """A page of the error log of the account that asks, newest first; 10,000 rows a query and no more."""
    mine, _ = signed_in(request)
    page, size = checked_size(request)
    wanted = wanted_alerts(request.query, request.app[WORLD].schedule.now())
    room = max(0, ALERT_MOST - page * size)
    try:
        found = mine.alerts.page(wanted, min(size, room) or 1, request.query.get("PageToken"))
    except KeyError:
        raise _bad_token() from None
    if room <= size:
        found = Page(found.rows[:room], None, found.previous_token)
    base = base_url(request)
    return with_meta(request, "alerts", [row.wire(base) for row in found.rows], found, page, size)


@routes.get("/v1/Alerts/{sid}")
async def fetch_alert(request: web.Request) -> web.Response:
    """One entry of the error log, with what was asked and answered."""
    mine, _ = signed_in(request)
    return reply(_row(mine.alerts, request).wire(base_url(request), whole=True))
