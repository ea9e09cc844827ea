"""Delivers webhooks: signed, retried by Twilio's rule, and in order for each record."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from giftpulse.simulator.connection_rules import ConnectionRules, split
from giftpulse.twilio.signature import HEADER, body_sha256, sign

# Twilio reads no more of an answer (error 11750 says 64 kB).
_MOST_READ = 65536


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said; ``failure`` is ``ct``, ``rt``, ``4xx``, ``5xx``, or empty when all is well."""

    failure: str = ""
    status: int = 0
    content_type: str = ""
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One webhook. A form, or JSON that is signed by its hash. ``chain``: letters of one chain keep their order."""

    url: str
    token: str
    chain: str
    idempotency: str
    form: dict[str, str] = field(default_factory=dict)
    json: bytes | None = None
    rules: ConnectionRules | None = None
    then: Callable[["Letter", Answer], None] | None = None


class PostOffice:
    """Sends letters from one event loop, many at a time."""

    def __init__(self, at_once: int = 100) -> None:
        self.counts: Counter[str] = Counter()
        self._chains: dict[str, deque[Letter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(at_once)

    async def open(self) -> None:
        """Begin; letters may be posted from here on."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        """Stop at once. What was not delivered is lost, as a webhook may be."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._chains.clear()
        if self._session is not None:
            await self._session.close()

    def post(self, letter: Letter) -> None:
        """Send a letter after those of its chain that are still on their way."""
        self.counts["posted"] += 1
        waiting = self._chains.get(letter.chain)
        if waiting is not None:
            waiting.append(letter)
            return
        self._chains[letter.chain] = deque([letter])
        task = asyncio.get_running_loop().create_task(self._deliver_chain(letter.chain))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _deliver_chain(self, chain: str) -> None:
        waiting = self._chains[chain]
        try:
            while waiting:
                async with self._places:
                    letter = waiting.popleft()
                    answer = await self._deliver(letter)
                self.counts["failed" if answer.failure else "delivered"] += 1
                if letter.then is not None:
                    letter.then(letter, answer)
        finally:
            # A chain whose letter came to grief must not hold up what is posted to it later.
            self._chains.pop(chain, None)

    async def _deliver(self, letter: Letter) -> Answer:
        url, rules = split(letter.url)
        rules = letter.rules or rules
        answer = await self._attempt(letter, url, rules)
        for number in range(rules.retries):
            if not answer.failure or not rules.covers(answer.failure):
                break
            self.counts["retried"] += 1
            await asyncio.sleep(rules.pause * 2**number)
            answer = await self._attempt(letter, url, rules)
        return answer

    async def _attempt(self, letter: Letter, url: str, rules: ConnectionRules) -> Answer:
        assert self._session is not None, "the post office is not open"
        url, body, headers = _sealed(letter, url)
        timeout = aiohttp.ClientTimeout(
            total=rules.total / 1000, sock_connect=rules.connect / 1000, sock_read=rules.read / 1000
        )
        try:
            # "encoded", because the very text of the URL was signed.
            address = URL(url, encoded=url.isascii())
            async with self._session.post(address, data=body, headers=headers, timeout=timeout) as response:
                text = (await response.content.read(_MOST_READ)).decode("utf-8", "replace")
                family = f"{response.status // 100}xx"
                return Answer(
                    family if family in {"4xx", "5xx"} else "",
                    response.status,
                    response.content_type,
                    text,
                    tuple(response.headers.items()),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL, ValueError):
            return Answer("ct")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Answer("rt")


def _sealed(letter: Letter, url: str) -> tuple[str, bytes, dict[str, str]]:
    """The URL to call, the body and the headers, signature included."""
    headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": letter.idempotency}
    if letter.json is None:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        headers[HEADER] = sign(letter.token, url, letter.form)
        return url, urlencode(letter.form).encode(), headers
    url += ("&" if "?" in url else "?") + "bodySHA256=" + body_sha256(letter.json)
    headers["Content-Type"] = "application/json"
    headers[HEADER] = sign(letter.token, url)
    return url, letter.json, headers
