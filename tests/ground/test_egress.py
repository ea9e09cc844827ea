"""Where the guarded HTTP client connects to, with real sockets on loopback."""

import asyncio
import gzip
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientConnectorCertificateError, ClientConnectorError, web

from giftpulse.ground.addresses import parse_networks
from giftpulse.ground.egress import MAX_ANSWER, AddressRefusedError, Answer, Reach, exchange, system_lookup
from giftpulse.ground.errors import InvalidInputError

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "ssrf_urls.json"
LOOPBACK = parse_networks("127.0.0.0/8")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    handler: Handler, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server for every path; gives its port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def ok(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {request.host} {request.path} {await request.text()}")


async def get(url: str, reach: Reach) -> Answer:
    return await exchange("POST", url, b"hello", {"X-A": "b"}, reach)


def test_speaks_to_an_allowed_address() -> None:
    async def story() -> None:
        async with serving(ok) as port:
            answer = await get(f"http://127.0.0.1:{port}/a", Reach(LOOPBACK))
            assert answer.status == 200
            assert answer.body.decode() == f"POST 127.0.0.1:{port} /a hello"

    asyncio.run(story())


def test_refuses_a_name_if_one_of_its_addresses_is_refused() -> None:
    async def story() -> None:
        async with serving(ok) as port:
            reach = Reach(LOOPBACK, lookup=lambda host: ["127.0.0.1", "10.0.0.1"])
            with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.1 is a private address"):
                await get(f"http://hooks.example:{port}/", reach)

    asyncio.run(story())


def test_dns_rebinding_gains_nothing() -> None:
    """The name service answers an allowed address once, and the victim's from then on."""
    hits: list[str] = []

    async def note(request: web.Request) -> web.Response:
        hits.append(request.transport.get_extra_info("sockname")[0] if request.transport else "")
        return web.Response()

    async def story() -> None:
        answers = [["127.0.0.2"]]
        asked: list[str] = []

        def lookup(host: str) -> list[str]:
            asked.append(host)
            return answers.pop() if answers else ["127.0.0.1"]

        async with serving(note) as port, serving(note, "127.0.0.2", port):
            reach = Reach(parse_networks("127.0.0.2"), lookup=lookup)
            assert (await get(f"http://rebind.example:{port}/", reach)).status == 200
            assert asked == ["rebind.example"]
            with pytest.raises(AddressRefusedError):
                await get(f"http://rebind.example:{port}/", reach)
        assert hits == ["127.0.0.2"]

    asyncio.run(story())


def test_the_socket_itself_is_guarded() -> None:
    """Even an answer that reads differently the second time opens no socket to a refused address."""

    class Fickle(list[str]):
        def __iter__(self) -> Iterator[str]:
            return iter([self.pop(0)])

    async def story() -> None:
        async with serving(ok) as port:
            reach = Reach(lookup=lambda host: Fickle(["8.8.8.8", "127.0.0.1"]))
            with pytest.raises(AddressRefusedError, match="loopback"):
                await get(f"http://fickle.example:{port}/", reach)

    asyncio.run(story())


def test_a_name_without_address_and_a_name_that_is_unknown() -> None:
    def empty(host: str) -> list[str]:
        return []

    def unknown(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async def story() -> None:
        for lookup in (empty, unknown):
            with pytest.raises(ClientConnectorError):
                await get("http://nowhere.example/", Reach(lookup=lookup))

    asyncio.run(story())


def test_what_the_name_service_says_must_be_an_address() -> None:
    async def story() -> None:
        for answer in ("0x7f.1", "localhost", "127.0.0.1%lo", "fe80::1%1"):
            with pytest.raises(AddressRefusedError):
                await get("http://odd.example/", Reach(LOOPBACK, lookup=lambda host, a=answer: [a]))  # type: ignore[misc]

    asyncio.run(story())


def test_a_redirect_is_an_answer() -> None:
    paths: list[str] = []

    async def redirect(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=302, headers={"Location": "/secret"})

    async def story() -> None:
        async with serving(redirect) as port:
            answer = await get(f"http://127.0.0.1:{port}/a", Reach(LOOPBACK))
            assert answer.status == 302
        assert paths == ["/a"]

    asyncio.run(story())


def test_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async def story() -> None:
        async with serving(ok) as port:
            reach = Reach(LOOPBACK, lookup=lambda host: ["127.0.0.1"])
            assert (await get(f"http://hooks.example:{port}/", reach)).status == 200

    asyncio.run(story())


def test_reads_little_and_unpacks_nothing() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def explode(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async def story() -> None:
        async with serving(explode) as port:
            answer = await get(f"http://127.0.0.1:{port}/", Reach(LOOPBACK))
            assert answer.body == bomb[:MAX_ANSWER]

    asyncio.run(story())


def test_a_body_without_end_does_not_hold_the_status_back() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun")
        await asyncio.sleep(1)
        return response

    async def story() -> None:
        async with serving(drip) as port:
            answer = await get(f"http://127.0.0.1:{port}/", Reach(LOOPBACK, timeout=0.3))
            assert (answer.status, answer.body) == (200, b"begun")

    asyncio.run(story())


def test_a_black_hole_ends_in_time() -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as hole, pytest.raises(TimeoutError):
            await get(f"http://127.0.0.1:{hole.getsockname()[1]}/", Reach(LOOPBACK, timeout=0.2))

    asyncio.run(story())


def test_a_silent_name_server_holds_nobody_up() -> None:
    """Nor does the event loop wait for it when it closes."""

    def silent(host: str) -> list[str]:
        time.sleep(2)
        return []

    async def story() -> float:
        with pytest.raises(TimeoutError):
            await get("http://silent.example/", Reach(timeout=0.1, lookup=silent))
        return asyncio.get_running_loop().time()

    ended = asyncio.run(story())
    assert time.monotonic() - ended < 1


def test_tls_is_verified_by_name_and_keeps_it() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(server)
    authority.configure_trust(client)

    async def story() -> None:
        async with serving(ok, tls=server) as port:
            reach = Reach(LOOPBACK, tls=client, lookup=lambda host: ["127.0.0.1"])
            answer = await get(f"https://hooks.example:{port}/", reach)
            assert answer.body.startswith(b"POST hooks.example")
            with pytest.raises(ClientConnectorCertificateError):
                await get(f"https://other.example:{port}/", reach)
            with pytest.raises(ClientConnectorCertificateError):
                await get(f"https://hooks.example:{port}/", Reach(LOOPBACK, lookup=reach.lookup))

    asyncio.run(story())


def test_the_system_knows_loopback() -> None:
    assert "127.0.0.1" in system_lookup("127.0.0.1")


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside this checkout")
def test_vectors_that_must_be_refused() -> None:
    """At save, or else at send when the name leads to a metadata service, which is what makes it evil."""

    async def story() -> int:
        at_send = 0
        reach = Reach(timeout=5, lookup=lambda host: ["169.254.169.254"])
        for vector in json.loads(VECTORS.read_text())["urls"]:
            if vector["expect"] != "block":
                continue
            with pytest.raises((InvalidInputError, AddressRefusedError)) as caught:
                await get(vector["url"], reach)
            at_send += isinstance(caught.value, AddressRefusedError)
        return at_send

    # Names that look public: nip.io, localtest.me, and documentation pages among the vectors.
    assert asyncio.run(story()) < 15
