"""E-mail: one message to all recipients, by the installation's own mail server."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Any

import aiosmtplib

from giftpulse.ground.addresses import Network
from giftpulse.ground.egress import verifying_context
from giftpulse.monitor.channels import letter
from giftpulse.monitor.channels.channel import Path, Smtp, Transport
from giftpulse.monitor.channels.config import Findings
from giftpulse.monitor.channels.mailbox import normal_address
from giftpulse.monitor.channels.notice import Notice, template_values
from giftpulse.monitor.channels.outcome import Outcome, Refusal, short
from giftpulse.monitor.templates import render as template

MAX_RECIPIENTS = 50
_KEYS = ("recipients", "subject", "body", "html")
_HINTS = {"template": "is not available; write the template into 'body' (and 'html')"}
# A server may answer each step just in time; the whole conversation must end all the same.
_STEPS = 4
_Render = Callable[[str, Mapping[str, Any]], template.Rendered]
_Default = Callable[[Mapping[str, Any]], str]


class EmailChannel:
    """``{"recipients": [1 to 50 addresses], "subject": ..., "body": ..., "html": ...}``.

    The last three are templates and may be left out: then our own subject and text are used, and our own
    HTML beside our own text.
    """

    action_type = "email"

    def check(self, config: Mapping[str, Any], allowed: tuple[Network, ...] = ()) -> dict[str, Any]:
        """See Channel. Addresses come out normalised and without doubles."""
        findings = Findings()
        findings.keys(config, _KEYS, _HINTS)
        normal: dict[str, Any] = {"recipients": _recipients(config.get("recipients"), findings)}
        for key in ("subject", "body", "html"):
            value = config.get(key)
            if value is None:
                continue
            normal[key] = value
            if isinstance(value, str):
                findings.run(template.check, value, f"config.{key}", key == "html")
            else:
                findings.add(key, "must be a text")
        findings.done()
        return normal

    def secret_paths(self, config: Mapping[str, Any]) -> tuple[Path, ...]:
        """There are none: the server's password is a setting."""
        return ()

    def destination(self, config: Mapping[str, Any]) -> str:
        """No secrets travel with a mail."""
        return ""

    def narrow(self, config: Mapping[str, Any], retry_only: tuple[str, ...]) -> dict[str, Any]:
        """The same mail to those recipients only; to all if none are named."""
        return {**config, "recipients": [r for r in config["recipients"] if not retry_only or r in retry_only]}

    async def send(self, notice: Notice, config: Mapping[str, Any], transport: Transport) -> Outcome:
        """One conversation with the mail server. See Channel."""
        smtp = transport.smtp
        sender = parseaddr(smtp.sender)[1] if smtp else ""
        if smtp is None or not smtp.host or "@" not in sender:
            reason = "mail is not set up: SMTP_HOST and SMTP_FROM are needed"
            return Outcome(delivered=False, permanent=True, detail=reason)
        message, warnings = compose(notice, config, smtp)
        try:
            async with asyncio.timeout(_STEPS * smtp.timeout):
                outcome = await _converse(smtp, sender, config["recipients"], message, transport)
        except (aiosmtplib.SMTPException, OSError) as error:
            outcome = _failure(error, smtp)
        return outcome.warned(*warnings)


def _recipients(value: Any, findings: Findings) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_RECIPIENTS:
        findings.add("recipients", f"must be a list of 1 to {MAX_RECIPIENTS} mail addresses")
        return []
    normal: dict[str, None] = {}
    for index, address in enumerate(value):
        try:
            normal[normal_address(address if isinstance(address, str) else "")] = None
        except ValueError as error:
            findings.add(f"recipients.{index}", str(error))
    return list(normal)


def compose(notice: Notice, config: Mapping[str, Any], smtp: Smtp) -> tuple[EmailMessage, list[str]]:
    """The message, and what went wrong with its templates.

    The Message-ID comes from the notice, so it is the same over all attempts and a mail server can drop a
    double; replies refer to the alert's first notice, so mail programs show one thread per alert.
    """
    values = template_values(notice)
    warnings: list[str] = []

    def part(key: str, render: _Render, default: _Default) -> str:
        return _part(config.get(key), values, render, default, (key, warnings))

    domain = parseaddr(smtp.sender)[1].rpartition("@")[2]
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = smtp.sender
    message["To"] = ", ".join(config["recipients"])
    subject = part("subject", template.render_subject, letter.subject)
    message["Subject"] = short(subject, template.MAX_SUBJECT) or short(letter.subject(values))
    message["Date"] = format_datetime(notice.created_at)
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    if notice.first_id and notice.first_id != notice.id:
        message["In-Reply-To"] = message["References"] = f"<{notice.first_id}@{domain}>"
    # RFC 3834, and Exchange's own word for it: no out-of-office answers to an alert.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(part("body", template.render_text, letter.text))
    if config.get("html") is not None or config.get("body") is None:
        message.add_alternative(part("html", template.render_html, letter.html), subtype="html")
    return message, warnings


def _part(
    text: str | None, values: Mapping[str, Any], render: _Render, default: _Default, notes: tuple[str, list[str]]
) -> str:
    """One part of the mail: the user's template, or our own text if there is none or it fails."""
    key, warnings = notes
    if text is None:
        return default(values)
    try:
        rendered = render(text, values)
    except template.RenderError as error:
        warnings.append(f"{key}: {error}; the built-in text was sent")
        return default(values)
    warnings.extend(f"{key}: {warning}" for warning in rendered.warnings)
    return str(rendered.value)


async def _converse(
    smtp: Smtp, sender: str, recipients: list[str], message: EmailMessage, transport: Transport
) -> Outcome:
    client = aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        username=smtp.user or None,
        password=smtp.password if smtp.user else None,
        # The default asks the name service for our own full name, which may take long and tell nobody much.
        local_hostname=socket.gethostname() or "localhost",
        timeout=smtp.timeout,
        use_tls=smtp.tls == "tls",
        start_tls=smtp.tls == "starttls",
        tls_context=None if smtp.tls == "none" else transport.tls or verifying_context(),
    )
    try:
        await client.connect()
        try:
            some, answer = await client.sendmail(sender, recipients, message.as_bytes())
            refused = {who: _refusal(code, words) for who, (code, words) in some.items()}
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused, answer = {r.recipient: _refusal(r.code, r.message) for r in error.recipients}, ""
        return _outcome(recipients, refused, answer)
    finally:
        # No QUIT: the message is accepted or not by now, and waiting for a goodbye can only lose that news.
        client.close()


def _refusal(code: int, words: str) -> Refusal:
    return Refusal(code, short(words), permanent=code >= 500)


def _outcome(recipients: list[str], refused: Mapping[str, Refusal], answer: str) -> Outcome:
    if not refused:
        return Outcome(delivered=True, status=250, detail=answer)
    again = tuple(r for r in recipients if r in refused and not refused[r].permanent)
    first = next(iter(refused.values()))
    return Outcome(
        delivered=not again and len(refused) < len(recipients),
        permanent=not again and len(refused) == len(recipients),
        status=first.code,
        detail=f"{len(refused)} of {len(recipients)} recipients refused: {first.code} {first.detail}",
        refused=refused,
        retry_only=again,
    )


def _failure(error: Exception, smtp: Smtp) -> Outcome:
    """A conversation that ended before the message was accepted."""
    words = str(error) or type(error).__name__
    if isinstance(error, aiosmtplib.SMTPResponseException):
        words = f"{error.code} {error.message}"
    if smtp.password:
        words = words.replace(smtp.password, "********")
    if isinstance(error, TimeoutError):
        return Outcome(delivered=False, detail=f"{smtp.host} did not answer in time: {words}", slow_down=True)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Outcome(delivered=False, permanent=True, detail=f"{smtp.host}: {words}")
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    # A code below 400 in the wrong place is a confused server, which may recover.
    return Outcome(delivered=False, permanent=code is not None and code >= 500, status=code, detail=words)
