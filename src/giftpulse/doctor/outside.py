"""Who we speak with: Twilio, the mail server, and ourselves by the address that Twilio calls."""

import asyncio
import json
from datetime import timedelta

import aiohttp
import aiosmtplib

from giftpulse.daily.troubles import HELD
from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.ground import egress
from giftpulse.ground.settings import Settings
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.probe import probe
from giftpulse.twilio.records import MESSAGES

MOST_SKEW = timedelta(seconds=30)
_PATIENCE = 10.0
_HERE = ("localhost", "127.0.0.1", "::1")
_NO_ACCOUNT = "Not asked: no account is set."


def clock_skew(settings: Settings) -> Finding:
    """Whether our clock and Twilio's agree: cursors and windows go by both."""
    check, account = "Clock", account_of(settings)
    if account is None:
        return ok(check, _NO_ACCOUNT)
    ahead = asyncio.run(probe(account, settings, MESSAGES)).ahead
    if ahead is None:
        return warn(check, "Twilio did not tell the time.", "See what the checks of Twilio say.")
    seconds = ahead.total_seconds()
    if abs(ahead) > MOST_SKEW:
        direction = "ahead of" if seconds > 0 else "behind"
        says = f"Our clock is {abs(seconds):.0f} s {direction} Twilio's: windows and delivery times are off by that."
        return warn(check, says, "Let the machine keep time by NTP (timedatectl set-ntp true).")
    return ok(check, f"Agrees with Twilio's within {max(abs(seconds), 1):.0f} s.")


def public_url(settings: Settings) -> Finding:
    """Whether Twilio knows where to call, and does so encrypted."""
    check = "PUBLIC_URL"
    if not settings.public_url:
        says = "Not set: webhooks are checked against the address in each request, and what we send asks for none."
        return warn(check, says, "Set PUBLIC_URL to the address at which Twilio reaches us.")
    if not settings.public_url.startswith("https://"):
        says = f"{settings.public_url} is not https: numbers and texts travel in the clear."
        return warn(check, says, "Put a proxy with a certificate in front, and set PUBLIC_URL to its https address.")
    return ok(check, f"{settings.public_url}; webhooks go to {settings.public_url}/webhook/status and its siblings.")


def reachable(settings: Settings) -> Finding:
    """Whether it is us who answer at PUBLIC_URL."""
    check = "Reachable at PUBLIC_URL"
    if not settings.public_url:
        return ok(check, "Not tried: PUBLIC_URL is not set.")
    url = f"{settings.public_url}/health"
    try:
        status, body = asyncio.run(_get(url))
    except (aiohttp.ClientError, TimeoutError) as error:
        says = f"{url} does not answer from here: {str(error) or type(error).__name__}."
        return fail(check, says, "Is the service up, and does the name or proxy lead to it?")
    try:
        answer = json.loads(body)
        state, problems = answer["status"], answer["problems"]
    except (ValueError, TypeError, KeyError):
        says = f"{url} answers {status}, but not with our health."
        return fail(check, says, "Something else answers there: check the proxy's routes.")
    # That all texts are held is a finding of its own, and this one is about the way here.
    if state != "ok" and (wrong := [problem for problem in problems if not problem.startswith(HELD)]):
        says = f"{url} answers, and says: {'; '.join(wrong)}."
        return warn(check, says, "See the other findings.")
    return ok(check, f"{url} answers{' that all is well' if state == 'ok' else ''}.")


async def _get(url: str) -> tuple[int, bytes]:
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
        return answer.status, await answer.content.read(1024 * 1024)


def mail(settings: Settings) -> Finding:
    """Whether the mail server takes our connection, encryption and login. Nothing is sent."""
    check = "Mail server"
    if not settings.smtp_host:
        return ok(check, "Not set up (SMTP_HOST): e-mail actions would fail, webhooks need none.")
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        asyncio.run(_greet(settings))
    except aiosmtplib.SMTPAuthenticationError as error:
        return fail(check, f"{where} refuses the login: {error.code}.", "Check SMTP_USER and SMTP_PASSWORD.")
    except (aiosmtplib.SMTPException, OSError) as error:
        says = f"{where} cannot be used with SMTP_TLS={settings.smtp_tls}: {str(error) or type(error).__name__}."
        return fail(check, says, "Check SMTP_HOST, SMTP_PORT, SMTP_TLS (587 starttls, 465 tls), and the certificate.")
    if settings.smtp_tls == "none" and settings.smtp_host not in _HERE:
        says = f"{where} is spoken to unencrypted: alerts, with names and numbers, travel in the clear."
        return warn(check, says, "Set SMTP_TLS to starttls or tls.")
    if settings.smtp_tls == "none" and settings.smtp_user:
        return warn(check, f"{where} is given the password in the clear.", "Set SMTP_TLS to starttls or tls.")
    with_login = ", and logged in" if settings.smtp_user else ""
    return ok(check, f"{where} answers, with SMTP_TLS={settings.smtp_tls}{with_login}. Nothing was sent.")


async def _greet(settings: Settings) -> None:
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user or None,
        password=password if settings.smtp_user else None,
        timeout=_PATIENCE,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        tls_context=None if settings.smtp_tls == "none" else egress.verifying_context(),
    )
    try:
        async with asyncio.timeout(2 * _PATIENCE):
            await client.connect()
            await client.ehlo()
    finally:
        client.close()
