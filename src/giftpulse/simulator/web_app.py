"""Puts the routes together. The faults strike the API's routes, and never the control routes."""

from aiohttp import web

from giftpulse.simulator import control, web_logs, web_senders
from giftpulse.simulator.problems import not_found
from giftpulse.simulator.simulator import SIMULATOR, Simulator
from giftpulse.simulator.web_faults import Handler, strike
from giftpulse.simulator.web_ground import WORLD, refused


@web.middleware
async def _edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith(control.PREFIX):
        return await control.guard(request, handler)
    try:
        return await strike(request, handler)
    except web.HTTPNotFound:
        return refused(not_found(request.path))


def make_app(simulator: Simulator) -> web.Application:
    """The whole simulated Twilio: api.twilio.com and monitor.twilio.com at one address."""
    app = web.Application(middlewares=[_edge], client_max_size=8 << 20)
    app[SIMULATOR] = simulator
    app[WORLD] = simulator.world
    app.add_routes(web_logs.routes)
    app.add_routes(web_senders.routes)
    app.add_routes(control.routes)
    return app
