"""A webhook receiver on loopback that checks the signature as any receiver of ours should (Standard Webhooks 1.0)."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from giftpulse.demo.caught import Caught, Hook
from giftpulse.ground import clock

_PATH = "/alerts"


class Receiver:
    """Open it in an event loop; ``url`` is where it listens then. It answers 401 to what is not signed well."""

    def __init__(self, caught: Caught, secret: str) -> None:
        self._caught = caught
        self._secret = secret
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def open(self) -> None:
        """Begin to listen, on a free port."""
        app = web.Application()
        app.router.add_post(_PATH, self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{_PATH}"

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        hook = judged(self._secret, await request.read(), request.headers)
        self._caught.add(hook)
        return web.Response(status=204 if hook.is_genuine else 401)


def judged(secret: str, body: bytes, headers: Mapping[str, str]) -> Hook:
    """What a webhook says, and whether it was signed with this secret, just now."""
    fault = ""
    try:
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except (WebhookVerificationError, ValueError) as error:
        fault = str(error) or "the signature is wrong"
    payload = _object(body)
    data = payload.get("data")
    summary = data.get("summary") if isinstance(data, dict) else None
    kind, notice_id = str(payload.get("type") or "unknown"), headers.get("webhook-id", "")
    return Hook(clock.now(), kind, notice_id, str(summary or ""), fault)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
