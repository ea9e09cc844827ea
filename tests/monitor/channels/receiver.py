"""A real webhook receiver on loopback that keeps what it gets and answers what it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``status``, ``text`` and ``headers`` are the answer."""

    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append(Call(request.method, request.path, headers, await request.read()))
        return web.Response(status=self.status, text=self.text, headers=self.headers)


@asynccontextmanager
async def receiver(status: int = 200, text: str = "", headers: dict[str, str] | None = None) -> AsyncIterator[Receiver]:
    """A running receiver; its address is in ``url``."""
    it = Receiver(status, text, headers or {})
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield it
    finally:
        await runner.cleanup()
