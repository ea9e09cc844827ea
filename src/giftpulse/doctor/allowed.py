"""What we may do at Twilio: list, fetch one by one, send. Each takes a permission of its own from a restricted key."""

import asyncio

from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.doctor.senders import senders_of
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.probe import Probed, probe, probe_record, probe_sending
from giftpulse.twilio.records import ALERTS, CALLS, MESSAGES, Resource

_NO_ACCOUNT = "Not asked: no account is set."
_NO_RECIPIENT = 21604  # what Twilio says of a message to nobody, once it has let us in
_MESSAGES = "/twilio/messaging/messages"


def twilio_messages(settings: Settings) -> Finding:
    """Whether we may list messages, and fetch one."""
    return _read(settings, MESSAGES, _MESSAGES)


def twilio_calls(settings: Settings) -> Finding:
    """Whether we may list calls, and fetch one."""
    return _read(settings, CALLS, "/twilio/voice/calls")


def twilio_alerts(settings: Settings) -> Finding:
    """Whether we may list alerts. None is ever fetched alone: they do not change."""
    return _read(settings, ALERTS, "/twilio/monitor/alerts")


def sending(site: Site) -> Finding:
    """Whether an API key may send, where something is sent. Asks for a message to nobody: none comes of it."""
    check, settings, account = "Twilio: sending", site.settings, account_of(site.settings)
    if account is None:
        return ok(check, _NO_ACCOUNT)
    if not settings.twilio_api_key_sid:
        return ok(check, "Not asked: no API key is used, and the auth token may do everything.")
    if not senders_of(site):
        return ok(check, "Not asked: nothing is sent, for there is no sender.")
    probed = asyncio.run(probe_sending(account, settings))
    if probed.code == _NO_RECIPIENT:
        return ok(check, "The API key may send. Nothing was sent.")
    says = f"The API key cannot send texts ({_words(probed)})."
    return _trouble(check, probed, settings, says, f"{_MESSAGES}/create")


def _read(settings: Settings, resource: Resource, of: str) -> Finding:
    check, account, name = f"Twilio: {resource.key}", account_of(settings), resource.key.capitalize()
    if account is None:
        return ok(check, _NO_ACCOUNT)
    probed = asyncio.run(probe(account, settings, resource))
    if probed.status != 200:
        says = f"{name} cannot be listed ({_words(probed)}); the other resources are fetched all the same."
        return _trouble(check, probed, settings, says, f"{of}/list", resource)
    if probed.newest is not None and resource is not ALERTS:
        probed = asyncio.run(probe_record(account, settings, resource, probed.newest))
        if probed.is_refused:
            says = f"{name} can be listed, but not fetched one by one ({_words(probed)}): old ones are not followed."
            return _trouble(check, probed, settings, says, f"{of}/read", resource)
    return ok(check, f"{name} can be listed.")


def _words(probed: Probed) -> str:
    return f"{probed.status}, code {probed.code}: {probed.trouble}" if probed.status else str(probed.trouble)


def _trouble(
    check: str, probed: Probed, settings: Settings, says: str, permission: str, resource: Resource = MESSAGES
) -> Finding:
    address = "TWILIO_MONITOR_URL" if resource.product == "monitor" else "TWILIO_API_URL"
    if probed.is_refused:
        if key := settings.twilio_api_key_sid:
            return fail(check, says, f"Give the API key {key} the permission {permission}, or check its secret.")
        return fail(check, says, "Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; was the token rotated?")
    if probed.status is None:
        return fail(check, says, f"Check the network, proxies and {address}.")
    if probed.status == 429 or probed.status >= 500:
        return warn(check, says, "Try again later; https://status.twilio.com tells of troubles.")
    return fail(check, says, f"Check {address}: is that Twilio?")
