"""The client of Twilio's REST API: patient with lists, careful with what must not be done twice.

Sources: twilio.com/docs/usage/twilios-response (paging), /docs/api/errors/20429 (a 429 was not processed).
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import msgspec

from giftpulse.ground import traces
from giftpulse.ground.counters import TWILIO_IN_FLIGHT, outcome_of, twilio_answered
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import Account
from giftpulse.twilio.failures import Refusal, TwilioError, TwilioPagingError
from giftpulse.twilio.records import MessageRecord, Page, RecordError, Resource, decode_page

PAGE_SIZE = 1000
"""The largest page Twilio gives; its default of 50 costs twenty times the requests."""

_SMALLEST_PAGE = 50
_TRIES = 6
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 30.0
_FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_SPANS: dict[str, tuple[str, traces.Kind, traces.Attributes]] = {
    method: (f"twilio {method}", "client", {"http.request.method": method}) for method in ("GET", "POST")
}
_EDGE_401_TRIES = 2  # Twilio's edge gives a wrong 401 now and then


class _RefusalBody(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None
    more_info: str | None = None


class TwilioRest:
    """Speaks for one account. Use as ``async with``; at most ``concurrency`` requests are under way at a time."""

    def __init__(
        self, account: Account, settings: Settings, *, concurrency: int = 8, connect_within: float | None = None
    ) -> None:
        self.account = account
        self._bases = {"api": settings.twilio_api_url, "monitor": settings.twilio_monitor_url}
        self._timeout = aiohttp.ClientTimeout(total=settings.twilio_timeout_seconds, sock_connect=connect_within)
        self._places = asyncio.Semaphore(concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        auth = aiohttp.encode_basic_auth(self.account.user, self.account.password)
        self._session = aiohttp.ClientSession(
            # Our own places are the only queue: a request must not wait where nobody can look at it again.
            connector=aiohttp.TCPConnector(limit=0),
            timeout=self._timeout,
            headers={"Authorization": auth, "User-Agent": "giftpulse", "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def pages(
        self, resource: Resource, filters: Mapping[str, str] | None = None, *, start: str | None = None
    ) -> AsyncIterator[Page]:
        """The pages of a list, to the end or until the caller stops. Follows Twilio's own link to the next page,
        never twice the same. A page that Twilio cannot make (500) is asked for again at half the size.
        ``start`` is the ``next_url`` of a page read earlier, to go on from there."""
        size = PAGE_SIZE
        first = self._url(resource, ".json" if resource.product == "api" else "")
        url: str | None = f"{first}?{urlencode({**(filters or {}), 'PageSize': str(size)})}"
        if start is not None:
            url = self._rooted(resource, start)
        seen = set()
        while url is not None:
            seen.add(_identity(url))
            page, size = await self._page(resource, url, size)
            yield page
            url = self._rooted(resource, page.next_url) if page.next_url else None
            if url is not None and _identity(url) in seen:
                raise TwilioPagingError(f"the list of {resource.key} leads in a circle at {url}", advice="retry")
            if url is not None and size < PAGE_SIZE:
                url = _with_size(url, size)

    async def _page(self, resource: Resource, url: str, size: int) -> tuple[Page, int]:
        while True:
            try:
                body = await self._get(url)
                return decode_page(resource, body), size
            except TwilioError as error:
                status = error.refusal.status if error.refusal else None
                if status != 500 or size <= _SMALLEST_PAGE:
                    raise
                size //= 2
                url = _with_size(url, size)
            except RecordError as error:
                raise TwilioError(f"Twilio's answer could not be read: {error}", advice="retry") from error

    async def fetch(self, resource: Resource, sid: str) -> bytes | None:
        """One record as Twilio wrote it, or None if Twilio has it no longer."""
        try:
            return await self._get(self._url(resource, f"/{sid}" + (".json" if resource.product == "api" else "")))
        except TwilioError as error:
            if error.refusal and error.refusal.status == 404:
                return None
            raise

    async def create_message(
        self, parameters: Mapping[str, str], *, tries: int = _TRIES
    ) -> tuple[MessageRecord, bytes]:
        """Send a message; answers the record, typed and raw. A 429 is repeated, for it was not processed. A lost or
        broken answer is :class:`TwilioError` with advice ``unknown`` and is never repeated here. ``tries``: one for a
        caller that has its own reasons to look again before it repeats."""
        url = f"{self._bases['api']}/2010-04-01/Accounts/{self.account.sid}/Messages.json"
        for attempt in range(tries):
            try:
                body = await self._request("POST", url, dict(parameters))
                return msgspec.json.decode(body, type=MessageRecord), body
            except TwilioError as error:
                if error.advice != "retry" or attempt == tries - 1:
                    raise
                await asyncio.sleep(_wait(attempt, error))
            except msgspec.MsgspecError as error:
                raise TwilioError(f"Twilio's answer could not be read: {error}", advice="unknown") from error
        raise AssertionError("the last try either answers or raises")

    async def _get(self, url: str) -> bytes:
        """A GET may always be repeated: it changes nothing."""
        for attempt in range(_TRIES):
            try:
                return await self._request("GET", url)
            except TwilioError as error:
                if not _worth_repeating(error, attempt):
                    raise
                await asyncio.sleep(_wait(attempt, error))
        raise AssertionError("the last try either answers or raises")

    async def _request(self, method: str, url: str, form: Mapping[str, str] | None = None) -> bytes:
        if self._session is None:
            raise RuntimeError("use the client inside 'async with'")
        outcome = "no_answer"
        try:
            # Encoded here: aiohttp would prepare for a form with files first, at a third of the cost of a request.
            body = urlencode(form).encode() if form is not None else None
            headers = _FORM_HEADERS if form is not None else None
            request = self._session.request(method, url, data=body, headers=headers, allow_redirects=False)
            async with self._places:
                with TWILIO_IN_FLIGHT.track_inprogress(), traces.span(*_SPANS[method]) as span:
                    async with request as answer:
                        read = await answer.read()
                        span.answered(answer.status)
                outcome = outcome_of(answer.status)
                if answer.status < 300:
                    return read
                raise _refused(answer.status, read, answer.headers.get("Retry-After"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            outcome = "unreachable"
            raise TwilioError(f"Twilio could not be reached: {error}", advice="retry") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TwilioError(
                f"no answer from Twilio: {str(error) or type(error).__name__}", advice="unknown"
            ) from error
        finally:
            twilio_answered(method, outcome)

    def _url(self, resource: Resource, tail: str) -> str:
        return self._bases[resource.product] + resource.path.format(account=self.account.sid) + tail

    def _rooted(self, resource: Resource, next_url: str) -> str:
        """The next page at our base address: our credentials go nowhere else, whatever a page says."""
        base = self._bases[resource.product]
        parts = urlsplit(next_url)
        path = parts.path.removeprefix(urlsplit(base).path) if parts.netloc else parts.path
        return f"{base}{path}" + (f"?{parts.query}" if parts.query else "")


def _refused(status: int, body: bytes, retry_after: str | None) -> TwilioError:
    try:
        found = msgspec.json.decode(body, type=_RefusalBody)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        found = _RefusalBody(message=body[:200].decode("utf-8", "replace"))
    digits = str(found.code or "")
    code = int(digits) if digits.isdigit() else None
    refusal = Refusal(status, code, found.message or "", found.more_info)
    message = (
        f"Twilio answered {status}" + (f", code {code}" if code else "") + f": {refusal.message}".replace("\0", "")
    )
    if status == 429:
        wait = float(retry_after) if retry_after and retry_after.isdigit() else None
        return TwilioError(message, advice="retry", refusal=refusal, wait=wait)
    return TwilioError(message, advice="unknown" if status >= 500 else "never", refusal=refusal)


def _worth_repeating(error: TwilioError, attempt: int) -> bool:
    if attempt == _TRIES - 1:
        return False
    status = error.refusal.status if error.refusal else None
    if status == 401:
        return attempt < _EDGE_401_TRIES
    if status == 500:
        return attempt < 1  # the page is then asked for in a smaller size
    return error.advice != "never"


def _wait(attempt: int, error: TwilioError) -> float:
    """Seconds: 0.1, 0.2, 0.4 ... with jitter, or what Twilio asked for."""
    if error.wait is not None:
        return min(error.wait, _LONGEST_WAIT)
    return float(min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT)) * random.uniform(0.9, 1.1)  # noqa: S311  # jitter


def _with_size(url: str, size: int) -> str:
    parts = urlsplit(url)
    query = [(k, str(size) if k == "PageSize" else v) for k, v in parse_qsl(parts.query, keep_blank_values=True)]
    return parts._replace(query=urlencode(query)).geturl()


def _identity(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What makes a page the same page again: its token, for ``Page`` beside a token says nothing; else all but size."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    token = tuple(pair for pair in pairs if pair[0] == "PageToken")
    return parts.path, token or tuple(sorted(pair for pair in pairs if pair[0] != "PageSize"))
