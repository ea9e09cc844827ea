"""Asking Twilio about senders of ours: is it in the account, and where do messages to it go?

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/messaging/api/service-resource
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin

import aiohttp
import msgspec

from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import Account

_PATIENCE = 15.0  # seconds
_PAGE = 1000
_MOST_PAGES = 20


class _Number(msgspec.Struct):
    phone_number: str = ""
    short_code: str = ""
    sms_url: str | None = None
    sms_method: str | None = None
    sms_application_sid: str | None = None


class _Meta(msgspec.Struct):
    next_page_url: str | None = None


class _Numbers(msgspec.Struct):
    """A page of any of the four lists."""

    incoming_phone_numbers: list[_Number] = []
    phone_numbers: list[_Number] = []
    short_codes: list[_Number] = []
    next_page_uri: str | None = None
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Service(msgspec.Struct):
    inbound_request_url: str | None = None
    inbound_method: str | None = None
    use_inbound_webhook_on_number: bool = False


@dataclass(frozen=True)
class Way:
    """Where messages go, and who says so: a number, a short code or a messaging service. ``url`` is empty: nowhere."""

    by: str
    url: str
    method: str


@dataclass(frozen=True)
class Sender:
    """``status``: of Twilio's answer. ``ways``: where messages to this sender go, one for each number where a service
    leaves it to them. ``unknown``: of which of them that is not known, and why."""

    status: int
    is_ours: bool = False
    ways: tuple[Way, ...] = ()
    unknown: tuple[str, ...] = ()


async def look_up(account: Account, settings: Settings, senders: Iterable[str]) -> dict[str, Sender]:
    """What Twilio knows of each sender. Raises aiohttp.ClientError, TimeoutError, msgspec.MsgspecError."""
    headers = {"Authorization": aiohttp.encode_basic_auth(account.user, account.password), "User-Agent": "giftpulse"}
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        asking = _Asking(session, account, settings)
        return {sender: await asking.about(sender) for sender in senders}


class _Asking:
    def __init__(self, session: aiohttp.ClientSession, account: Account, settings: Settings) -> None:
        self._session = session
        self._services = f"{settings.twilio_messaging_url}/v1/Services"
        self._account = f"{settings.twilio_api_url}/2010-04-01/Accounts/{account.sid}"

    async def about(self, sender: str) -> Sender:
        """A messaging service, a number or a short code."""
        if sender.startswith("MG"):
            return await self._service(sender)
        name = "PhoneNumber" if sender.startswith("+") else "ShortCode"
        status, numbers = await self._list(f"{self._list_of(sender)}?{name}={quote(sender)}")
        own = [number for number in numbers if sender in (number.phone_number, number.short_code)]
        return _told(Sender(status, bool(own)), own)

    async def _service(self, sid: str) -> Sender:
        status, body = await self._get(f"{self._services}/{sid}")
        if status != 200:
            return Sender(status)
        service = msgspec.json.decode(body, type=_Service)
        if not service.use_inbound_webhook_on_number:
            return Sender(200, True, (Way(sid, service.inbound_request_url or "", service.inbound_method or "POST"),))
        return await self._pool(sid)

    async def _pool(self, sid: str) -> Sender:
        """A service that leaves it to its numbers and short codes. Where each leads stands in the account's lists."""
        found, empty = Sender(200, True), True
        for kind in ("PhoneNumbers", "ShortCodes"):
            status, members = await self._list(f"{self._services}/{sid}/{kind}?PageSize={_PAGE}")
            if status != 200:
                found = _not_known(found, f"{sid} leaves it to its numbers, and does not show its {kind} ({status})")
            names = {number.phone_number or number.short_code for number in members}
            empty = empty and status == 200 and not names
            if names:
                found = await self._members(found, names)
        return _not_known(found, f"{sid} leaves it to its numbers, and has none") if empty else found

    async def _members(self, found: Sender, names: set[str]) -> Sender:
        status, owned = await self._list(f"{self._list_of(min(names))}?PageSize={_PAGE}")
        own = [number for number in owned if (number.phone_number or number.short_code) in names]
        missing = sorted(names - {number.phone_number or number.short_code for number in own})
        why = f"not shown ({status})" if status != 200 else "not in the list of the account"
        return _told(_not_known(found, *(f"{number} is {why}" for number in missing)), own)

    def _list_of(self, number: str) -> str:
        return f"{self._account}/{'IncomingPhoneNumbers' if number.startswith('+') else 'SMS/ShortCodes'}.json"

    async def _list(self, url: str) -> tuple[int, list[_Number]]:
        """All pages of a list, and the status of the last one asked for: not 200 where some could not be read."""
        rows: list[_Number] = []
        for _ in range(_MOST_PAGES):
            status, body = await self._get(url)
            if status != 200:
                break
            page = msgspec.json.decode(body, type=_Numbers)
            rows += [*page.incoming_phone_numbers, *page.phone_numbers, *page.short_codes]
            further = page.next_page_uri or page.meta.next_page_url
            if not further:
                break
            url = urljoin(url, further)
        return status, rows

    async def _get(self, url: str) -> tuple[int, bytes]:
        async with self._session.get(url, allow_redirects=False) as answer:
            return answer.status, await answer.read()


def _told(found: Sender, numbers: Iterable[_Number]) -> Sender:
    """What these numbers say of themselves. An application that one is handed to overrules its own address."""
    for number in numbers:
        name = number.phone_number or number.short_code
        if number.sms_application_sid:
            found = _not_known(found, f"{name} is handed to the application {number.sms_application_sid}")
        else:
            found = replace(found, ways=(*found.ways, Way(name, number.sms_url or "", number.sms_method or "POST")))
    return found


def _not_known(found: Sender, *why: str) -> Sender:
    return replace(found, unknown=(*found.unknown, *why))
