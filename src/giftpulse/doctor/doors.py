"""The doors for webhooks, tried as Twilio would: a signed request to ``PUBLIC_URL`` that brings nothing."""

import asyncio

import aiohttp

from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.signature import HEADER, body_sha256, sign

_PATIENCE = 10.0
_NOTHING = b"[]"  # a page of Event Streams with no event in it: it is checked, and nothing is stored


def signature(settings: Settings) -> Finding:
    """Whether a genuine signature is taken for one behind whatever stands before us."""
    check, account = "Signed webhooks", account_of(settings)
    if not settings.public_url or account is None or not account.tokens:
        return ok(check, "Not tried: that takes PUBLIC_URL and TWILIO_AUTH_TOKEN.")
    url = f"{settings.public_url}/webhook/events?bodySHA256={body_sha256(_NOTHING)}"
    try:
        status = asyncio.run(_post(url, sign(account.tokens[0], url)))
    except (aiohttp.ClientError, TimeoutError) as error:
        says = f"{url} does not answer from here: {str(error) or type(error).__name__}."
        return fail(check, says, "Is the service up, and does the name or proxy lead to it?")
    if status == 403:
        says = "A request that is signed as Twilio does it is refused (403), and so are all webhooks."
        mend = "Let the proxy pass path and query as they are; give the service this PUBLIC_URL and TWILIO_AUTH_TOKEN."
        return fail(check, says, mend)
    if status in (429, 503):
        return warn(check, f"The door was busy ({status}).", "Try again later.")
    if status != 204:
        says = f"{settings.public_url}/webhook/events answers {status}, which no door of ours does."
        return fail(check, says, "Let the proxy pass /webhook/ to the service, with POST, and without redirects.")
    return ok(check, "A signed request to PUBLIC_URL was taken.")


async def _post(url: str, signed: str) -> int:
    headers = {HEADER: signed, "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE)) as session,
        session.post(url, data=_NOTHING, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status
