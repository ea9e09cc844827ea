"""Asking Twilio about senders of ours: is it in the account, and where do messages to it go?

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/messaging/api/service-resource
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import msgspec

from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import Account

_PATIENCE = 15.0  # seconds


class _Number(msgspec.Struct):
    phone_number: str = ""
    sms_url: str | None = None


class _Numbers(msgspec.Struct):
    incoming_phone_numbers: list[_Number] = []


class _Service(msgspec.Struct):
    inbound_request_url: str | None = None
    use_inbound_webhook_on_number: bool = False


@dataclass(frozen=True)
class Sender:
    """``status``: of Twilio's answer. ``inbound``: where messages to this sender go; None: each number says that."""

    status: int
    is_ours: bool = False
    inbound: str | None = None


async def look_up(account: Account, settings: Settings, senders: Iterable[str]) -> dict[str, Sender]:
    """What Twilio knows of each sender. Raises aiohttp.ClientError, TimeoutError, msgspec.MsgspecError."""
    headers = {"Authorization": aiohttp.encode_basic_auth(account.user, account.password), "User-Agent": "giftpulse"}
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        return {sender: await _one(session, account, settings, sender) for sender in senders}


async def _one(session: aiohttp.ClientSession, account: Account, settings: Settings, sender: str) -> Sender:
    is_service = sender.startswith("MG")
    if is_service:
        url = f"{settings.twilio_messaging_url}/v1/Services/{sender}"
    else:
        numbers_at = f"{settings.twilio_api_url}/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers.json"
        url = f"{numbers_at}?PhoneNumber={quote(sender)}"
    async with session.get(url, allow_redirects=False) as answer:
        body = await answer.read()
    if answer.status != 200:
        return Sender(answer.status)
    if is_service:
        service = msgspec.json.decode(body, type=_Service)
        return Sender(200, True, None if service.use_inbound_webhook_on_number else service.inbound_request_url or "")
    numbers = msgspec.json.decode(body, type=_Numbers).incoming_phone_numbers
    own = next((each for each in numbers if each.phone_number == sender), None)
    return Sender(200, own is not None, (own.sms_url or "") if own else None)
