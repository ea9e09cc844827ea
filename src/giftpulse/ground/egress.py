"""The HTTP client for addresses that a user named: it connects to checked addresses and to nothing else.

A name is resolved once per exchange, every address of the answer is judged, and the connection goes to one
of those very addresses; a name server that changes its answer meanwhile (DNS rebinding) gains nothing. The
host name stays in the Host header and in the TLS handshake. Whatever path leads to a socket, the last check
is at the socket's creation.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult

from giftpulse.ground.addresses import Network, check_url, refusal

# A host name's addresses as text; raises OSError if there are none. Called in a thread of its own.
Lookup = Callable[[str], list[str]]

MAX_ANSWER = 4096
# How long we wait for the text of an answer whose status we know already.
_BODY_PATIENCE = 2.0
# Not the loop's own threads: asyncio.run() waits for those at its end, so one silent name server would hold
# up everything that was sent together with it.
_lookups = ThreadPoolExecutor(max_workers=32, thread_name_prefix="egress-lookup")


class AddressRefusedError(OSError):
    """We do not connect to this address. ``str(error)`` says which and why."""


@dataclass(frozen=True)
class Reach:
    """How far an exchange may reach.

    ``allowed``: private networks that are wanted. ``timeout`` in seconds, for the whole exchange. ``tls``: a
    verifying context other than the system's. ``lookup``: a name service other than the system's.
    """

    allowed: tuple[Network, ...] = ()
    timeout: float = 30.0
    tls: ssl.SSLContext | None = None
    lookup: Lookup | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. ``body`` holds at most the first ``MAX_ANSWER`` bytes, as they were on the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(method: str, url: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """One request and its answer. Redirects are answers like any other and are not followed.

    No proxy of the environment, no cookies, no decompression (a bomb stays as small as it came), certificates
    verified. Raises InvalidInputError (the URL), AddressRefusedError, TimeoutError or aiohttp.ClientError.
    """
    check_url(url, reach.allowed)
    connector = TCPConnector(
        ssl=reach.tls or verifying_context(),
        resolver=_GuardedResolver(reach.lookup or system_lookup, reach.allowed),
        use_dns_cache=False,
        force_close=True,
        socket_factory=_guarded_socket(reach.allowed),
    )
    session = ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=reach.timeout),
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )
    sent = {"Accept-Encoding": "identity", **headers}
    async with session:
        try:
            response = await session.request(method, url, data=body, headers=sent, allow_redirects=False)
        except ClientConnectorError as error:
            if isinstance(error.os_error, AddressRefusedError):
                raise error.os_error from None
            raise
        try:
            return Answer(response.status, response.headers.copy(), await _beginning(response))
        finally:
            response.close()


async def _beginning(response: ClientResponse) -> bytes:
    """The first bytes of the body. The status has come, so a slow or broken body changes nothing."""
    text = b""
    try:
        async with asyncio.timeout(_BODY_PATIENCE):
            while len(text) < MAX_ANSWER:
                chunk = await response.content.read(MAX_ANSWER - len(text))
                if not chunk:
                    break
                text += chunk
    except (TimeoutError, ClientError):
        pass
    return text


@cache
def verifying_context() -> ssl.SSLContext:
    """The system's certificate authorities, names checked. Made once: loading them takes milliseconds."""
    return ssl.create_default_context()


def system_lookup(host: str) -> list[str]:
    """The addresses that the operating system knows for a name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    # The zone stays visible, so that the guard can refuse it.
    return [f"{a[0]}%{a[3]}" if len(a) == 4 and a[3] else str(a[0]) for *_, a in found]


def _guarded_socket(allowed: tuple[Network, ...]) -> Callable[[AddrInfoType], socket.socket]:
    def open_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        reason = refusal(str(address[0]), allowed)
        if reason:
            raise AddressRefusedError(reason)
        return socket.socket(family, kind, protocol)

    return open_socket


class _GuardedResolver(AbstractResolver):
    """Refuses a name as soon as one of its addresses is refused: such a name is up to no good."""

    def __init__(self, lookup: Lookup, allowed: tuple[Network, ...]) -> None:
        self._lookup, self._allowed = lookup, allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(_lookups, self._lookup, host)
        if not found:
            raise OSError(f"{host} has no address")
        for address in found:
            reason = refusal(address, self._allowed)
            if reason:
                raise AddressRefusedError(f"{host} leads to a refused address: {reason}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""
