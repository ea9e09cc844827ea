"""The web application: webhook doors in front, the API behind them. Nothing is decided here."""

import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

import giftpulse
from giftpulse import health
from giftpulse.daily.editions import api as editions
from giftpulse.daily.inbound import api as inbox
from giftpulse.daily.inbound.door import make_answer
from giftpulse.daily.insight import api as insight
from giftpulse.daily.outbox import api as messages
from giftpulse.daily.programs import api as programs
from giftpulse.daily.subscribers import api as subscribers
from giftpulse.daily.subscribers import signup
from giftpulse.ground import counters, journal, problems, traces
from giftpulse.ground.door_counts import WEBHOOKS
from giftpulse.ground.site import Site
from giftpulse.logs import api as logs
from giftpulse.logs.doors import Doors
from giftpulse.logs.receive import Receiver
from giftpulse.metrics import api as metrics
from giftpulse.monitor.actions import api as actions
from giftpulse.monitor.alerts import api as alerts
from giftpulse.monitor.notify import api as notify
from giftpulse.monitor.rules import api as rules

log = logging.getLogger("giftpulse.requests")

FEATURES = (
    health, metrics, logs, rules, actions, alerts, notify,
    programs, subscribers, signup, editions, messages, inbox, insight,
)  # fmt: skip
"""The modules whose ``router`` makes up the API."""

_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own would put paths and queries into spans as they came. Ours are in ground/traces.py."""

LARGEST_BODY = 1024 * 1024
"""Bytes of a request to the API; the largest rule and the largest action are far smaller."""

_DESCRIPTION = """Everything Twilio does for your account, watched.

Send an API token as `Authorization: Bearer <token>` or `X-API-Key: <token>` (`giftpulse token create NAME`).
Twilio's webhooks go to `/webhook/status`, `/webhook/inbound`, `/webhook/debugger` and `/webhook/events`; they
are authenticated by `X-Twilio-Signature`."""


def create_app(
    site: Site,
    *,
    beside: tuple[Callable[[], None], Callable[[], None]] | None = None,
    receiver: Receiver | None = None,
) -> "Front":
    """The application. ``beside``: functions to start and stop with it (the rounds, in the embedded form).
    ``receiver``: who stores what comes through the doors, if it is not the usual one."""
    receiver = receiver or Receiver(site)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not site.settings.is_sqlite:
            # Slow reads of the API must leave connections for webhooks and rounds.
            to_thread.current_default_thread_limiter().total_tokens = site.settings.database_pool_size - 8
        receiver.start()
        if beside:
            beside[0]()
        yield
        receiver.stop()
        if beside:
            beside[1]()

    # The documentation page must open where there is no internet, and tell no CDN that somebody reads it.
    app = FastAPIOffline(
        title="GiftPulse", version=giftpulse.__version__, description=_DESCRIPTION, lifespan=lifespan,
        docs_url="/docs", redoc_url=None, static_url="/docs/assets", telemetry=_NO_TELEMETRY,
    )  # fmt: skip
    app.state.site = site
    problems.install(app)
    for feature in FEATURES:
        app.include_router(feature.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    if site.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=site.settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type"],
            expose_headers=["X-Request-ID"],
        )
    return Front(app, Doors(site, receiver, make_answer(site)))


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        models = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components.update(models.pop("$defs", {}))
        components["Problem"] = models
        app.openapi_schema = schema
    return app.openapi_schema


class Front:
    """Sends webhooks to their doors, and everything else, with a request id and a line in the log, to the API."""

    def __init__(self, api: FastAPI, doors: Doors) -> None:
        self.api, self._doors = api, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.api(scope, receive, send)
        elif scope["path"] in self._doors.paths:
            await self._at_a_door(scope, receive, send)
        else:
            await self._logged(scope, receive, send)

    async def _at_a_door(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 500
        WEBHOOKS.in_flight += 1
        with traces.span("webhook", "server") as span:
            try:
                status = await self._doors(scope, receive, send)
            finally:
                WEBHOOKS.in_flight -= 1
                WEBHOOKS.answered(scope["path"], status, time.perf_counter() - began)
                span.served(counters.method_of(scope["method"]), scope["path"], status)

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, began, status = secrets.token_hex(8), time.perf_counter(), 500
        token = journal.request_id.set(request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        with traces.span("request", "server", {"giftpulse.request_id": request_id}, scope["headers"]) as span:
            try:
                await self.api(scope, _limited(receive), send_with_id)
            finally:
                seconds = time.perf_counter() - began
                method, route = counters.method_of(scope["method"]), getattr(scope.get("route"), "path", None)
                counters.request_served(method, route, status, seconds)
                span.served(method, route, status)
                took = round(seconds * 1000, 1)
                line = {"method": scope["method"], "path": scope["path"], "status": status, "milliseconds": took}
                log.info("request", extra=line)
                journal.request_id.reset(token)


def _limited(receive: Receive) -> Receive:
    """The body of a request, up to what we are ready to hold in memory."""
    received = 0

    async def receive_some() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise HTTPException(413, f"expected a body of {LARGEST_BODY} bytes at most")
        return message

    return receive_some
