"""The routes of numbers and messaging services: what the account owns, and where its inbound messages go.

Only the fields that tell so; https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/messaging/api/service-resource have all of them.
"""

from aiohttp import web

from giftpulse.simulator.ledger import Page
from giftpulse.simulator.messages import API_VERSION
from giftpulse.simulator.problems import not_found
from giftpulse.simulator.web_ground import WORLD, checked_size, listed, named_account, reply, signed_in

routes = web.RouteTableDef()


@routes.get(f"/{API_VERSION}/Accounts/{{account}}/IncomingPhoneNumbers.json")
async def list_numbers(request: web.Request) -> web.Response:
    """The numbers of the account: the pools of all services. ``PhoneNumber`` asks for one."""
    mine, world = named_account(request), request.app[WORLD]
    page, size = checked_size(request)
    wanted = request.query.get("PhoneNumber", "")
    owned = sorted({number for pool in world.config.services.values() for number in pool if wanted in ("", number)})
    rows = [
        {"account_sid": mine.sid, "phone_number": number, "sms_url": world.webhooks.inbound or "", "sms_method": "POST"}
        for number in owned[page * size : (page + 1) * size]
    ]
    return listed(request, "incoming_phone_numbers", rows, Page(owned, None, None), page, size)


@routes.get("/v1/Services/{sid}")
async def fetch_service(request: web.Request) -> web.Response:
    """One messaging service."""
    mine, _ = signed_in(request)
    world, sid = request.app[WORLD], request.match_info["sid"]
    if sid not in world.config.services:
        raise not_found(request.path)
    hooks = world.webhooks
    return reply(
        {
            "sid": sid, "account_sid": mine.sid, "inbound_request_url": hooks.inbound, "inbound_method": "POST",
            "status_callback": hooks.status, "use_inbound_webhook_on_number": False,
        }
    )  # fmt: skip
