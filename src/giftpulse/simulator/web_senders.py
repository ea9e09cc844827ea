"""The routes of numbers and messaging services: what the account owns, and where its inbound messages go.

Only the fields that tell so. All of them: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource ,
https://www.twilio.com/docs/messaging/api/service-resource and the pages of its phone numbers and short codes.
"""

from typing import Any

from aiohttp import web

from giftpulse.simulator.ledger import Page
from giftpulse.simulator.messages import API_VERSION
from giftpulse.simulator.problems import not_found
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.web_ground import WORLD, checked_size, listed, named_account, reply, signed_in, with_meta
from giftpulse.simulator.world import World

routes = web.RouteTableDef()
_SID = {"phone_number": "PN", "short_code": "SC"}
_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"


@routes.get(_ACCOUNT + "/IncomingPhoneNumbers.json")
async def list_numbers(request: web.Request) -> web.Response:
    """The numbers of the account: the pools of all services. ``PhoneNumber`` asks for one."""
    return _owned(request, "incoming_phone_numbers", "phone_number", "PhoneNumber")


@routes.get(_ACCOUNT + "/SMS/ShortCodes.json")
async def list_short_codes(request: web.Request) -> web.Response:
    """Its short codes. ``ShortCode`` asks for one."""
    return _owned(request, "short_codes", "short_code", "ShortCode")


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
            "sid": sid, "account_sid": mine.sid, "inbound_request_url": hooks.inbound,
            "inbound_method": hooks.inbound_method, "status_callback": hooks.status,
            "use_inbound_webhook_on_number": sid in world.config.deferring,
        }
    )  # fmt: skip


@routes.get("/v1/Services/{sid}/PhoneNumbers")
async def list_numbers_of_service(request: web.Request) -> web.Response:
    """The numbers in a messaging service."""
    return _in_service(request, "phone_numbers", "phone_number")


@routes.get("/v1/Services/{sid}/ShortCodes")
async def list_short_codes_of_service(request: web.Request) -> web.Response:
    """The short codes in it."""
    return _in_service(request, "short_codes", "short_code")


def _owned(request: web.Request, key: str, name: str, asked: str) -> web.Response:
    mine, world = named_account(request), request.app[WORLD]
    wanted = request.query.get(asked, "")
    every = {number for pool in world.config.services.values() for number in _of_kind(pool, name)}
    page, size = checked_size(request)
    found = _page(sorted(number for number in every if wanted in ("", number)), page, size)
    rows = [{"account_sid": mine.sid, **_way(world, name, number)} for number in found.rows]
    return listed(request, key, rows, found, page, size)


def _way(world: World, name: str, number: str) -> dict[str, Any]:
    hooks = world.webhooks
    url = hooks.numbers.get(number, hooks.inbound) or ""
    return {"sid": made_up(_SID[name], number), name: number, "sms_url": url, "sms_method": hooks.inbound_method}


def _in_service(request: web.Request, key: str, name: str) -> web.Response:
    mine, _ = signed_in(request)
    pool = request.app[WORLD].config.services.get(sid := request.match_info["sid"])
    if pool is None:
        raise not_found(request.path)
    page, size = checked_size(request)
    found = _page(_of_kind(pool, name), page, size)
    rows = [{"sid": made_up(_SID[name], n), "account_sid": mine.sid, "service_sid": sid, name: n} for n in found.rows]
    return with_meta(request, key, rows, found, page, size)


def _of_kind(pool: tuple[str, ...], name: str) -> list[str]:
    return [number for number in pool if number.startswith("+") == (name == "phone_number")]


def _page(all_of_them: list[Any], page: int, size: int) -> Page[Any]:
    """A page by its number; the token beside it says nothing here."""
    rows = all_of_them[page * size : (page + 1) * size]
    return Page(rows, "PA" if len(all_of_them) > (page + 1) * size else None, "PB" if page else None)
