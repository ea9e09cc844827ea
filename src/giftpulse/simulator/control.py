"""The control routes, ``/_simulator/...``: what a test or a person orders over HTTP. JSON, from loopback only."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import msgspec
from aiohttp import web

from giftpulse.ground.errors import NotFoundError
from giftpulse.simulator.config import Webhooks
from giftpulse.simulator.incidents import SCRIPT, Incident
from giftpulse.simulator.simulator import SIMULATOR
from giftpulse.simulator.traffic import Mix
from giftpulse.simulator.web_ground import reply

PREFIX = "/_simulator/"
routes = web.RouteTableDef()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only loopback may order anything; what is not understood is a 400 with the reason."""
    if request.remote is None or not ip_address(request.remote).is_loopback:
        raise web.HTTPForbidden
    try:
        return await handler(request)
    except NotFoundError as error:
        return reply({"error": str(error)}, 404)
    except (TypeError, ValueError, KeyError, msgspec.DecodeError) as error:
        return reply({"error": f"{type(error).__name__}: {error}"}, 400)


async def _given(request: web.Request) -> dict[str, Any]:
    text = await request.read()
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}


@routes.get(PREFIX + "state")
async def state(request: web.Request) -> web.Response:
    """Counters of records, requests and webhooks."""
    return reply(request.app[SIMULATOR].state())


@routes.post(PREFIX + "faults")
async def order(request: web.Request) -> web.Response:
    """Order a fault: ``{"kind", "times", "method", "path", ...}``."""
    given = await _given(request)
    fault = request.app[SIMULATOR].order(given.pop("kind"), **given)
    return reply({"kind": fault.kind, "times": fault.times}, 201)


@routes.delete(PREFIX + "faults")
async def clear(request: web.Request) -> web.Response:
    """Call everything off."""
    request.app[SIMULATOR].clear_faults()
    return web.Response(status=204)


@routes.put(PREFIX + "mischief")
async def disturb(request: web.Request) -> web.Response:
    """Callbacks: ``{"late": seconds, "doubled": share, "out_of_order": share, "dropped": share}``."""
    request.app[SIMULATOR].disturb(**await _given(request))
    return web.Response(status=204)


@routes.put(PREFIX + "webhooks")
async def point(request: web.Request) -> web.Response:
    """Where webhooks go: ``{"inbound", "numbers", "status", "debugger", "events"}``; what is left out goes nowhere."""
    request.app[SIMULATOR].point(Webhooks(**await _given(request)))
    return web.Response(status=204)


@routes.post(PREFIX + "messages")
async def add_messages(request: web.Request) -> web.Response:
    """History: ``{"number", "first", "last", "status", "error_code", ...}``; answers the SIDs."""
    given = _dated(await _given(request))
    return reply({"sids": request.app[SIMULATOR].add_messages(given.pop("number", 1), **given)}, 201)


@routes.post(PREFIX + "calls")
async def add_calls(request: web.Request) -> web.Response:
    """History: ``{"number", "first", "last", "status", "to"}``; answers the SIDs."""
    given = _dated(await _given(request))
    return reply({"sids": request.app[SIMULATOR].add_calls(given.pop("number", 1), **given)}, 201)


@routes.post(PREFIX + "alerts")
async def alert(request: web.Request) -> web.Response:
    """An entry in the error log: ``{"code", "resource_sid", "url", "level", "details"}``."""
    given = await _given(request)
    made = request.app[SIMULATOR].alert(given.pop("code"), given.pop("resource_sid"), **given)
    return reply({"sid": made.sid}, 201)


@routes.post(PREFIX + "inbound")
async def receive(request: web.Request) -> web.Response:
    """A person texts: ``{"from", "to", "body", "media", "url"}``."""
    given = await _given(request)
    message = request.app[SIMULATOR].receive(given.pop("from"), given.pop("to"), given.pop("body", ""), **given)
    return reply({"sid": message.sid}, 201)


@routes.post(PREFIX + "status")
async def force(request: web.Request) -> web.Response:
    """Put a message or call into a status: ``{"sid", "status", "error_code"}``."""
    given = await _given(request)
    request.app[SIMULATOR].force(given["sid"], given["status"], given.get("error_code"))
    return web.Response(status=204)


@routes.post(PREFIX + "advance")
async def advance(request: web.Request) -> web.Response:
    """Let virtual seconds pass at once: ``{"seconds"}``."""
    return reply({"now": request.app[SIMULATOR].advance(float((await _given(request))["seconds"])).isoformat()})


@routes.post(PREFIX + "settle")
async def settle(request: web.Request) -> web.Response:
    """Answer when every webhook that is due has been delivered or given up."""
    await request.app[SIMULATOR].settle()
    return web.Response(status=204)


@routes.post(PREFIX + "traffic")
async def traffic(request: web.Request) -> web.Response:
    """Start traffic: ``{"rate", "mix": {...}, "incidents": true | [{...}], "seed"}``; true is the demo's script."""
    given = await _given(request)
    incidents = given.get("incidents") or []
    script = SCRIPT if incidents is True else [Incident(**incident) for incident in incidents]
    request.app[SIMULATOR].traffic(float(given["rate"]), Mix(**given.get("mix", {})), script, given.get("seed"))
    return web.Response(status=204)


@routes.delete(PREFIX + "traffic")
async def stop_traffic(request: web.Request) -> web.Response:
    """End all traffic."""
    await request.app[SIMULATOR].stop_traffic()
    return web.Response(status=204)


def _dated(given: dict[str, Any]) -> dict[str, Any]:
    for name in ("first", "last"):
        if name in given:
            at = datetime.fromisoformat(given[name])
            given[name] = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return given
