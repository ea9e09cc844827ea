"""The whole service over real HTTP, in a thread: web application, and the rounds if they are wanted."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import uvicorn

from giftpulse import timetable
from giftpulse.daily.programs import holds
from giftpulse.embedded import Embedded
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.twilio.signature import sign
from giftpulse.web import create_app
from tests import make


class Service:
    """A running service, and a client for it."""

    def __init__(self, url: str, site: Site) -> None:
        self.url, self.site = url, site

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = make.ADMIN, **headers: str
    ) -> tuple[int, Any]:
        """One API request; answers status and JSON."""
        sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        return self._send(Request(self.url + path, data=data, headers=sent, method=method))

    def get(self, path: str, **query: Any) -> Any:
        """GET that must succeed."""
        status, answer = self.call("GET", path + (f"?{urlencode(query)}" if query else ""))
        assert status == 200, answer
        return answer

    def post(self, path: str, body: Any = None) -> Any:
        """POST that must succeed."""
        status, answer = self.call("POST", path, body)
        assert status in (200, 201), answer
        return answer

    def webhook(self, path: str, form: dict[str, str], *, token: str = make.TOKEN, signature: str | None = None) -> int:
        """One signed webhook of Twilio's; answers the status."""
        url = self.url + path
        signed = sign(token, url, form) if signature is None else signature
        headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send(Request(url, data=urlencode(form).encode(), headers=headers, method="POST"))[0]

    def _send(self, request: Request) -> tuple[int, Any]:
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, _parsed(answer.read())
        except HTTPError as error:
            with error:
                return error.code, _parsed(error.read())

    def eventually(self, found: Callable[[], Any], *, within: float = 10.0) -> Any:
        """Wait until something is true; answers it. Where it never is, what holds texts is told."""
        deadline = time.monotonic() + within
        while not (value := found()):
            assert time.monotonic() < deadline, f"it did not happen in time; held: {self._held()}"
            time.sleep(0.02)
        return value

    def _held(self) -> list[str]:
        with self.site.database.read() as session:
            return [f"{held.scope}: {held.reason}" for held in holds.open_holds(session, clock.now())]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode()


class _Server(uvicorn.Server):
    """Ends as soon as it is told: uvicorn's own looks ten times a second whether it is to, which a thousand tests wait
    for."""

    async def main_loop(self) -> None:
        """Serve until ``leave``."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hear nobody any more, answer whoever was heard, and end; uvicorn's own sleeps on the way."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0.005)  # idle connections are gone by then
        await self._wait_tasks_to_complete()
        await self.lifespan.shutdown()

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    def leave(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def serving(site: Site, *, with_rounds: bool = False, port: int = 0) -> Iterator[Service]:
    """Run a service, on a free port if none is given, while the block runs."""
    timetable.enrol(site)
    embedded = Embedded(site) if with_rounds else None
    beside = (embedded.start, embedded.stop) if embedded else None
    config = uvicorn.Config(
        create_app(site, beside=beside), host="127.0.0.1", port=port, log_config=None, lifespan="on"
    )
    server = _Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    assert server.ready.wait(30), "it did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Service(f"http://127.0.0.1:{port}", site)
    finally:
        server.leave()
        thread.join(30)
