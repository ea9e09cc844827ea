"""One cheap question to Twilio: may we do this, and what time is it over there? For the doctor."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec

from giftpulse.ground import clock
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import Account
from giftpulse.twilio.records import MESSAGES, RecordError, Resource, decode_page, decode_row

_PATIENCE = 15.0
_TRIES_401 = 2  # Twilio's edge gives a wrong 401 now and then


@dataclass(frozen=True)
class Probed:
    """What came back. ``status`` is None when nothing did, and ``trouble`` says why.

    ``ahead``: how far our clock is ahead of Twilio's (which tells whole seconds), if it told the time. ``newest``: the
    SID of the newest record, where a list was asked for and has one.
    """

    status: int | None
    code: int | None = None
    trouble: str | None = None
    ahead: timedelta | None = None
    newest: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether it is us who may not."""
        return self.status in (401, 403) or self.code == 20003


class _Refused(msgspec.Struct):
    code: int | str | None = None
    message: str | None = None


async def probe(account: Account, settings: Settings, resource: Resource) -> Probed:
    """Ask for one row of a list. Never raises for what the other side does."""
    found, body = await _ask(account, settings, "GET", f"{_address(account, settings, resource)}?PageSize=1")
    return replace(found, newest=_newest(resource, body)) if found.status == 200 else found


async def probe_record(account: Account, settings: Settings, resource: Resource, sid: str) -> Probed:
    """Ask for one record. Never raises for what the other side does."""
    return (await _ask(account, settings, "GET", _address(account, settings, resource, f"/{sid}")))[0]


async def probe_sending(account: Account, settings: Settings) -> Probed:
    """Ask for a message to nobody, which Twilio refuses with 400 and code 21604 where we may send. It leaves a line in
    Twilio's error log. Never raises for what the other side does."""
    return (await _ask(account, settings, "POST", _address(account, settings, MESSAGES)))[0]


def _address(account: Account, settings: Settings, resource: Resource, below: str = "") -> str:
    base = {"api": settings.twilio_api_url, "monitor": settings.twilio_monitor_url}[resource.product]
    return base + resource.path.format(account=account.sid) + below + (".json" if resource.product == "api" else "")


async def _ask(account: Account, settings: Settings, method: str, url: str) -> tuple[Probed, bytes]:
    timeout = aiohttp.ClientTimeout(total=min(_PATIENCE, settings.twilio_timeout_seconds))
    auth = aiohttp.encode_basic_auth(account.user, account.password)
    headers = {"Authorization": auth, "User-Agent": "giftpulse", "Accept": "application/json"}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        for _ in range(_TRIES_401):
            found, body = await _once(session, method, url)
            if found.status != 401:
                break
    return found, body


async def _once(session: aiohttp.ClientSession, method: str, url: str) -> tuple[Probed, bytes]:
    began = clock.now()
    try:
        async with session.request(method, url, allow_redirects=False) as answer:
            body = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        return Probed(None, trouble=str(error) or type(error).__name__), b""
    ahead = _ahead(answer.headers.get("Date"), began + (clock.now() - began) / 2)
    if answer.status == 200:
        return Probed(200, ahead=ahead), body
    try:
        refused = msgspec.json.decode(body, type=_Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        refused = _Refused(message=body[:200].decode("utf-8", "replace"))
    digits = str(refused.code or "")
    return Probed(answer.status, int(digits) if digits.isdigit() else None, refused.message, ahead), body


def _newest(resource: Resource, body: bytes) -> str | None:
    try:
        rows = decode_page(resource, body).rows
        return decode_row(resource.kind, rows[0]).sid if rows else None
    except RecordError:
        return None  # the round that fetches the list says so


def _ahead(date: str | None, here: datetime) -> timedelta | None:
    try:
        return here - parsedate_to_datetime(date) if date else None
    except (ValueError, TypeError):  # not a date, or one without a zone
        return None
