"""Carries out the ordered faults on requests to the API, and signs the answers as Twilio's edge does."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from giftpulse.simulator.faults import Fault
from giftpulse.simulator.problems import Refusal, unauthorized
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.web_ground import WORLD, page_numbers, refused, reply
from giftpulse.simulator.wrong_pages import wrong_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REFUSALS = {500: (20500, "Internal Server Error"), 503: (20503, "Service unavailable"), 504: (20504, "Internal Error")}


@web.middleware
async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every API request goes through here: refusals become JSON, and what was ordered goes wrong."""
    begin = time.monotonic()
    world = request.app[WORLD]
    world.counts["requests"] += 1
    world.at_once += 1
    page, size = page_numbers(request.query)
    try:
        hits = world.faults.strike(request.method, request.path, page, size)
        answer = await _carry_out(request, handler, hits)
    finally:
        world.at_once -= 1
    answer.headers["Twilio-Request-Id"] = made_up("RQ", world.counts["requests"])
    answer.headers["Twilio-Concurrent-Requests"] = str(world.at_once + 1)
    answer.headers["Twilio-Request-Duration"] = f"{time.monotonic() - begin:.3f}"
    return answer


async def _carry_out(request: web.Request, handler: Handler, hits: list[Fault]) -> web.StreamResponse:
    fault = None
    for hit in hits:
        if hit.kind == "latency":
            await asyncio.sleep(hit.seconds)
        else:
            fault = hit
    if fault is None:
        return await _answered(request, handler)
    before = _instead(request, fault)
    if before is not None:
        return before
    answer = await _answered(request, handler)
    if fault.kind == "drop_after":
        return _cut(request)
    if fault.kind == "error_after":
        return refused(_refusal(fault))
    if answer.status >= 300 or not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return answer
    if fault.kind == "malformed":
        return web.Response(body=answer.body[: len(answer.body) * 2 // 3], content_type="application/json")
    return reply(wrong_page(fault.kind, msgspec.json.decode(answer.body)))


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refused(refusal)


def _instead(request: web.Request, fault: Fault) -> web.Response | None:
    """The answer in place of carrying the request out; None when it is carried out."""
    if fault.kind == "too_many_requests":
        answer = refused(Refusal(429, 20429, "Too Many Requests"))
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer
    if fault.kind in {"error_before", "page_limit"}:
        return refused(_refusal(fault))
    if fault.kind == "unauthorized":
        return refused(unauthorized())
    return _cut(request) if fault.kind == "drop_before" else None


def _refusal(fault: Fault) -> Refusal:
    return Refusal(fault.status, *_REFUSALS.get(fault.status, _REFUSALS[500]))


def _cut(request: web.Request) -> web.Response:
    """The connection is gone before a byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
