"""Webhook: one signed HTTP request to a URL that a user named."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError
from yarl import URL

import giftpulse
from giftpulse.ground import clock
from giftpulse.ground.addresses import Network, check_url
from giftpulse.ground.egress import AddressRefusedError, Answer, Reach, exchange
from giftpulse.ground.errors import InvalidInputError
from giftpulse.monitor.channels.channel import Path, Transport
from giftpulse.monitor.channels.config import Findings
from giftpulse.monitor.channels.notice import Notice
from giftpulse.monitor.channels.outcome import Outcome, from_status, parse_retry_after
from giftpulse.monitor.channels.payload import body_of, is_secret, signature_headers
from giftpulse.monitor.channels.secrets import MASK
from giftpulse.monitor.templates import render as template

MAX_HEADERS = 32
MAX_SECRETS = 3
MAX_PAYLOAD = 64 * 1024
_KEYS = ("url", "method", "headers", "payload", "secret")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?)?")
# Ours to set, or the connection's: a user's value would break the framing, the routing or the signature.
_OURS = frozenset({
    "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "idempotency-key",
    "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "webhook-id", "webhook-signature", "webhook-timestamp",
})  # fmt: skip


class WebhookChannel:
    """``{"url": ..., "method": "POST" | "PUT", "headers": {...}, "payload": ..., "secret": "whsec_..."}``.

    Only the URL is needed. ``payload`` is an object or a list whose leaf texts are templates, or one
    template text; left out or empty it is ``payload.default_payload``. Header values are sent as they are.
    """

    action_type = "webhook"

    def check(self, config: Mapping[str, Any], allowed: tuple[Network, ...] = ()) -> dict[str, Any]:
        """See Channel."""
        findings = Findings()
        findings.keys(config, _KEYS, {})
        url, method = config.get("url"), config.get("method") or "POST"
        if isinstance(url, str):
            findings.run(check_url, url, allowed, "config.url")
        else:
            findings.add("url", "must be a text that starts with https:// or http://")
        if method not in ("POST", "PUT", "post", "put"):
            findings.add("method", "must be POST or PUT")
        normal: dict[str, Any] = {"url": url, "method": str(method).upper()}
        normal["headers"] = _headers(config.get("headers"), findings)
        if config.get("payload"):
            normal["payload"] = config["payload"]
            _check_payload(config["payload"], findings)
        if config.get("secret"):
            normal["secret"] = config["secret"]
            _check_secret(config["secret"], findings)
        findings.done()
        return normal

    def secret_paths(self, config: Mapping[str, Any]) -> tuple[Path, ...]:
        """All header values (who knows which one is a token) and the signing secret."""
        headers = config.get("headers")
        paths: list[Path] = [("headers", name) for name in headers] if isinstance(headers, Mapping) else []
        return (*paths, ("secret",)) if config.get("secret") else tuple(paths)

    def destination(self, config: Mapping[str, Any]) -> str:
        """The URL's scheme, host and port."""
        try:
            return str(URL(str(config.get("url"))).origin())
        except ValueError:
            return ""

    def narrow(self, config: Mapping[str, Any], retry_only: tuple[str, ...]) -> dict[str, Any]:
        """There is one receiver, so there is nothing to narrow."""
        return dict(config)

    async def send(self, notice: Notice, config: Mapping[str, Any], transport: Transport) -> Outcome:
        """One request. See Channel."""
        body, content_type, warnings = body_of(notice, config.get("payload"))
        headers = {
            "User-Agent": f"GiftPulse/{giftpulse.__version__}",
            "Content-Type": content_type,
            **{_titled(name): value for name, value in config["headers"].items()},
            **signature_headers(notice.id, clock.now(), body, config.get("secret")),
        }
        reach = Reach(
            transport.allowed_networks, transport.webhook_timeout, transport.tls, transport.lookup
        )  # fmt: skip
        try:
            answer = await exchange(config["method"], config["url"], body, headers, reach)
            outcome = _outcome(answer, config)
        except (AddressRefusedError, InvalidInputError) as error:
            outcome = Outcome(delivered=False, permanent=True, detail=str(error))
        except TimeoutError:
            detail = f"no answer within {transport.webhook_timeout:g} s"
            outcome = Outcome(delivered=False, detail=detail, slow_down=True)
        except (ClientError, OSError) as error:
            detail = _redacted(f"{type(error).__name__}: {error}", config)
            outcome = Outcome(delivered=False, detail=detail)
        return outcome.warned(*warnings)


def _headers(value: Any, findings: Findings) -> dict[str, str]:
    if not value:
        return {}
    if not isinstance(value, Mapping) or len(value) > MAX_HEADERS:
        findings.add("headers", f"must be an object of at most {MAX_HEADERS} names and values")
        return {}
    seen: set[str] = set()
    for name, text in value.items():
        reason = _header_refusal(name, text)
        if name.lower() in seen:
            reason = "is given twice"
        if reason:
            findings.add(f"headers.{name}", reason)
        seen.add(name.lower())
    return dict(value)


def _header_refusal(name: str, value: Any) -> str | None:
    if not _NAME.fullmatch(name):
        return "is not a valid header name"
    if name.lower() in _OURS:
        return "is set by GiftPulse itself"
    if not isinstance(value, str) or len(value) > 4096 or not _VALUE.fullmatch(value):
        return "must be a text of at most 4096 printable ASCII characters"
    return "is a mask, not a value" if value == MASK else None


def _check_payload(payload: Any, findings: Findings) -> None:
    if isinstance(payload, str):
        findings.run(template.check, payload, "config.payload")
        return
    if not isinstance(payload, dict | list):
        findings.add("payload", "must be an object, a list or a text")
        return
    try:
        size = len(json.dumps(payload, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        findings.add("payload", "is not JSON")
        return
    if size > MAX_PAYLOAD:
        findings.add("payload", f"is longer than {MAX_PAYLOAD} characters")
    else:
        findings.run(template.check_json, payload, "config.payload")


def _check_secret(secret: Any, findings: Findings) -> None:
    secrets = secret.split() if isinstance(secret, str) else []
    if not 1 <= len(secrets) <= MAX_SECRETS or not all(map(is_secret, secrets)):
        reason = "must be whsec_ and the base64 of 24 to 64 bytes; up to three with spaces between to change over"
        findings.add("secret", reason)


def _outcome(answer: Answer, config: Mapping[str, Any]) -> Outcome:
    detail = f"HTTP {answer.status}"
    if 300 <= answer.status < 400:
        detail += "; redirects are not followed, so enter the final URL"
    elif answer.status >= 400 and answer.body and "Content-Encoding" not in answer.headers:
        # Of a success we keep no text: nobody needs it, and it may hold what is none of ours.
        detail += ": " + _redacted(answer.body.decode("utf-8", "replace"), config)
    asked = parse_retry_after(answer.headers.get("Retry-After"), clock.now())
    return from_status(answer.status, detail, asked)


def _redacted(text: str, config: Mapping[str, Any]) -> str:
    """The text without our own secrets, which an echoing receiver would put into our records."""
    values = [part for value in config["headers"].values() for part in (value, value.split(" ")[-1])]
    for value in sorted((*values, *(config.get("secret") or "").split()), key=len, reverse=True):
        if len(value) >= 4:
            text = text.replace(value, MASK)
    return text


def _titled(name: str) -> str:
    """``user-agent`` and ``content-type`` in our spelling, so that they replace ours and not join them."""
    return name.title() if name.lower() in ("user-agent", "content-type") else name
