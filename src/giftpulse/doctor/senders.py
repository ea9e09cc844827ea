"""The numbers and messaging services that texts come from: ours at Twilio, and what people answer comes to us."""

import asyncio
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import msgspec
from sqlalchemy import select

from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import Account, account_of

_PATIENCE = 15.0
_SERVICES_AT = {"https://api.twilio.com": "https://messaging.twilio.com"}
"""Messaging services have a host of their own, at Twilio itself."""


class _Number(msgspec.Struct):
    phone_number: str = ""
    sms_url: str | None = None


class _Numbers(msgspec.Struct):
    incoming_phone_numbers: list[_Number] = []


class _Service(msgspec.Struct):
    inbound_request_url: str | None = None
    use_inbound_webhook_on_number: bool = False


@dataclass(frozen=True)
class _Found:
    """``status``: of Twilio's answer. ``inbound``: where messages to this sender go; None: each number says that."""

    status: int
    is_ours: bool = False
    inbound: str | None = None


def in_account(site: Site) -> Finding:
    """Whether every sender of a program, and of the settings, is one of the account's."""
    check, found = "Senders at Twilio", _look(site)
    if isinstance(found, Finding):
        return found
    if unasked := [f"{sender} ({each.status})" for sender, each in found.items() if each.status not in (200, 404)]:
        says = f"Twilio does not say whether these are ours: {', '.join(unasked)}."
        return warn(check, says, "Give the API key /twilio/phone-numbers and /twilio/messaging/services, read.")
    if strangers := [sender for sender, each in found.items() if not each.is_ours]:
        says = f"Not in the account: {', '.join(strangers)}. Texts from them are refused (21606, 21703)."
        return fail(check, says, "Correct the program's sender, TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID.")
    return ok(check, f"In the account: {', '.join(found)}.")


def inbound(site: Site) -> Finding:
    """Whether Twilio is told to bring us what people text to our senders: STOP, too."""
    check, public = "Webhook of inbound messages", site.settings.public_url
    if not public:
        return ok(check, "Not asked: PUBLIC_URL is not set.")
    found = _look(site)
    if isinstance(found, Finding):
        return Finding(check, found.state, found.says, found.mend)
    wanted = f"{public}/webhook/inbound"
    told = {sender: each.inbound for sender, each in found.items() if each.is_ours and each.inbound is not None}
    if not told:
        return ok(check, "Not known: see the senders at Twilio.")
    elsewhere = [f"{sender}: {url or 'nowhere'}" for sender, url in told.items() if url.split("#")[0] != wanted]
    if elsewhere:
        says = f"Answers of people, and STOP, do not come at once, but by the next poll ({'; '.join(elsewhere)})."
        return warn(check, says, f"Set it to {wanted}, POST, in Twilio's console (number or messaging service).")
    return ok(check, f"Messages to {', '.join(told)} come to {wanted}.")


def _look(site: Site) -> dict[str, _Found] | Finding:
    account, senders = account_of(site.settings), _senders(site)
    if account is None:
        return ok("Senders at Twilio", "Not asked: no account is set.")
    if not senders:
        return ok("Senders at Twilio", "Not asked: nothing is sent, for there is no sender.")
    try:
        return asyncio.run(_ask(account, site.settings, senders))
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
        says = f"Twilio could not be asked: {str(error) or type(error).__name__}."
        return warn("Senders at Twilio", says, "See what the checks of Twilio say.")


def _senders(site: Site) -> list[str]:
    with site.database.read() as session:
        programs = session.scalars(select(Program).where(Program.deleted_at.is_(None))).all()
    of_settings = (site.settings.twilio_messaging_service_sid, site.settings.twilio_from_number)
    named = {*of_settings, *(sender_of(program, site.settings) for program in programs)}
    return sorted(sender for sender in named if sender)


async def _ask(account: Account, settings: Settings, senders: list[str]) -> dict[str, _Found]:
    headers = {"Authorization": aiohttp.encode_basic_auth(account.user, account.password), "User-Agent": "giftpulse"}
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        return {sender: await _one(session, account, settings.twilio_api_url, sender) for sender in senders}


async def _one(session: aiohttp.ClientSession, account: Account, base: str, sender: str) -> _Found:
    is_service = sender.startswith("MG")
    if is_service:
        url = f"{_SERVICES_AT.get(base, base)}/v1/Services/{sender}"
    else:
        url = f"{base}/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers.json?PhoneNumber={quote(sender)}"
    async with session.get(url, allow_redirects=False) as answer:
        body = await answer.read()
    if answer.status != 200:
        return _Found(answer.status)
    if is_service:
        service = msgspec.json.decode(body, type=_Service)
        return _Found(200, True, None if service.use_inbound_webhook_on_number else service.inbound_request_url or "")
    numbers = msgspec.json.decode(body, type=_Numbers).incoming_phone_numbers
    own = next((each for each in numbers if each.phone_number == sender), None)
    return _Found(200, own is not None, (own.sms_url or "") if own else None)
