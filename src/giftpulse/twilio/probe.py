"""One cheap question to Twilio: may we list this, and what time is it over there? For the doctor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec

from giftpulse.ground import clock
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import Account
from giftpulse.twilio.records import Resource

_PATIENCE = 15.0
_TRIES_401 = 2  # Twilio's edge gives a wrong 401 now and then


@dataclass(frozen=True)
class Probed:
    """What came back. ``status`` is None when nothing did, and ``trouble`` says why.

    ``ahead``: how far our clock is ahead of Twilio's (which tells whole seconds), if it told the time.
    """

    status: int | None
    code: int | None = None
    trouble: str | None = None
    ahead: timedelta | None = None


class _Refused(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None


async def probe(account: Account, settings: Settings, resource: Resource) -> Probed:
    """Ask for one row of a list. Never raises for what the other side does."""
    base = {"api": settings.twilio_api_url, "monitor": settings.twilio_monitor_url}[resource.product]
    url = base + resource.path.format(account=account.sid) + (".json" if resource.product == "api" else "")
    timeout = aiohttp.ClientTimeout(total=min(_PATIENCE, settings.twilio_timeout_seconds))
    auth = aiohttp.encode_basic_auth(account.user, account.password)
    headers = {"Authorization": auth, "User-Agent": "giftpulse", "Accept": "application/json"}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        for _ in range(_TRIES_401):
            probed = await _ask(session, f"{url}?PageSize=1")
            if probed.status != 401:
                break
    return probed


async def _ask(session: aiohttp.ClientSession, url: str) -> Probed:
    began = clock.now()
    try:
        async with session.get(url, allow_redirects=False) as answer:
            body = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        return Probed(None, trouble=str(error) or type(error).__name__)
    ahead = _ahead(answer.headers.get("Date"), began + (clock.now() - began) / 2)
    if answer.status == 200:
        return Probed(200, ahead=ahead)
    try:
        refused = msgspec.json.decode(body, type=_Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        refused = _Refused(message=body[:200].decode("utf-8", "replace"))
    digits = str(refused.code or "")
    return Probed(answer.status, int(digits) if digits.isdigit() else None, refused.message, ahead)


def _ahead(date: str | None, here: datetime) -> timedelta | None:
    try:
        return here - parsedate_to_datetime(date) if date else None
    except (ValueError, TypeError):  # not a date, or one without a zone
        return None
