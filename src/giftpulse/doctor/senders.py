"""The numbers and messaging services that texts come from: ours at Twilio, and what people answer comes to us."""

import asyncio

import aiohttp
import msgspec
from sqlalchemy import select

from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.senders import Sender, Way, look_up


def in_account(site: Site) -> Finding:
    """Whether every sender of a program, and of the settings, is one of the account's."""
    check, found = "Senders at Twilio", _look(site)
    if isinstance(found, Finding):
        return found
    if unasked := [f"{sender} ({each.status})" for sender, each in found.items() if each.status not in (200, 404)]:
        says = f"Twilio does not say whether these are ours: {', '.join(unasked)}."
        return warn(
            check, says, "Give the API key /twilio/phone-numbers and /twilio/messaging/services, read and list."
        )
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
    ways = [way for each in found.values() for way in each.ways]
    unknown = [why for each in found.values() for why in each.unknown]
    if not ways and not unknown:
        return ok(check, "Not known: see the senders at Twilio.")
    if elsewhere := [_said(way) for way in ways if way.url.split("#")[0] != wanted or way.method != "POST"]:
        says = f"Answers of people, and STOP, do not come at once, but by the next poll ({'; '.join(elsewhere)})."
        return warn(check, says, f"Set it to {wanted}, POST, in Twilio's console (number or messaging service).")
    if unknown:
        says = f"It is not known whether answers of people, and STOP, come at once: {'; '.join(unknown)}."
        return warn(
            check, says, f"Let the API key list them, or see in Twilio's console that they lead to {wanted}, POST."
        )
    return ok(check, f"Messages to {', '.join(way.by for way in ways)} come to {wanted}.")


def _said(way: Way) -> str:
    method = f", by {way.method}" if way.url and way.method != "POST" else ""
    return f"{way.by}: {way.url or 'nowhere'}{method}"


def _look(site: Site) -> dict[str, Sender] | Finding:
    account, senders = account_of(site.settings), senders_of(site)
    if account is None:
        return ok("Senders at Twilio", "Not asked: no account is set.")
    if not senders:
        return ok("Senders at Twilio", "Not asked: nothing is sent, for there is no sender.")
    try:
        return asyncio.run(look_up(account, site.settings, senders))
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
        says = f"Twilio could not be asked: {str(error) or type(error).__name__}."
        return warn("Senders at Twilio", says, "See what the checks of Twilio say.")


def senders_of(site: Site) -> list[str]:
    """Whatever texts go out by: of the programs, and of the settings."""
    with site.database.read() as session:
        programs = session.scalars(select(Program).where(Program.deleted_at.is_(None))).all()
    of_settings = (site.settings.twilio_messaging_service_sid, site.settings.twilio_from_number)
    named = {*of_settings, *(sender_of(program, site.settings) for program in programs)}
    return sorted(sender for sender in named if sender)
