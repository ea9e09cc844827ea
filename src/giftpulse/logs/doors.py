"""The webhook doors: verify the signature, translate, hand to the receiver, answer after the commit.

Bare ASGI, because these are the hottest routes and a framework costs more than all the rest. Without a token in
the settings every door is closed. A request that Twilio did not sign is 403 and leaves no trace.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from giftpulse.ground.site import Site
from giftpulse.logs import pushed
from giftpulse.logs.discreet import without_bodies
from giftpulse.logs.entry import Source
from giftpulse.logs.receive import Delivery, OverloadedError, Receiver
from giftpulse.logs.translate import tidy
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.records import RecordError
from giftpulse.twilio.signature import HMAC_SHA256, algorithm_of, is_genuine

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Form = dict[str, str | list[str]]

LARGEST_BODY = 1024 * 1024
"""Bytes; Event Streams batches are the largest that Twilio sends."""

MOST_FIELDS = 1000
"""Parameters of a form; Twilio's longest have some fifty."""

_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


@dataclass(frozen=True)
class _Door:
    """How one webhook is read and answered."""

    source: Source
    read: Callable[["Form", bytes], Delivery]
    answer: tuple[int, bytes, bytes]


class Doors:
    """All webhook doors of a site, as one ASGI application. ``paths`` says which it answers."""

    def __init__(self, site: Site, receiver: Receiver) -> None:
        self._receiver = receiver
        self._account = account_of(site.settings)
        self._account_sid = self._account.sid if self._account else ""
        self._public_url = site.settings.public_url
        self._keep_body = site.settings.store_bodies
        self._doors = {
            "/webhook/status": _Door("callback", _read_status, (204, b"", b"")),
            "/webhook/inbound": _Door("inbound", _read_inbound, (200, b"text/xml", _EMPTY_TWIML)),
            "/webhook/debugger": _Door("debugger", _read_debugger, (204, b"", b"")),
            "/webhook/events": _Door("events", _read_events, (204, b"", b"")),
        }
        self.paths = frozenset(self._doors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request to one of ``paths``."""
        if scope["method"] != "POST":
            await _reply(send, 405, b"text/plain", b"Webhooks are POST.", [(b"allow", b"POST")])
            return
        body = await _body(receive)
        if body is None:
            await _reply(send, 413, b"text/plain", b"Larger than any webhook of Twilio's.")
            return
        if not any(name == b"x-twilio-signature" and value for name, value in scope["headers"]):
            await _reply(send, 403, b"text/plain", b"X-Twilio-Signature is missing or wrong.")
            return
        try:
            form = _form(body) if _is_form(scope) else None
        except ValueError:
            await _reply(send, 413, b"text/plain", b"More parameters than any webhook of Twilio's.")
            return
        if not self._signed(scope, form, body):
            log.warning("a webhook without a genuine signature was refused", extra={"path": scope["path"]})
            await _reply(send, 403, b"text/plain", b"X-Twilio-Signature is missing or wrong.")
            return
        door = self._doors[scope["path"]]
        if not self._keep_body:
            form, body = without_bodies(form, body)
        try:
            delivery = door.read(form or {}, body)
            for entry in delivery.entries:
                entry.account_sid = tidy(entry).account_sid or self._account_sid
            await self._receiver.take(delivery)
        except OverloadedError:
            await _reply(send, 503, b"text/plain", b"Too much at once.", [(b"retry-after", b"5")])
        except Exception:  # noqa: BLE001  # the edge: the receiver has logged it; Twilio may send again
            await _reply(send, 500, b"text/plain", b"Not stored.")
        else:
            await _reply(send, *door.answer)

    def _signed(self, scope: Scope, form: "Form | None", body: bytes) -> bool:
        if self._account is None:
            return False
        headers: dict[bytes, bytes] = dict(scope["headers"])
        signature = headers.get(b"x-twilio-signature", b"").decode("latin-1")
        algorithm = algorithm_of(headers.get(b"x-twilio-webhooks-signature-settings", b"").decode("latin-1"))
        secrets = self._account.shared_keys if algorithm == HMAC_SHA256 else self._account.tokens
        return any(
            is_genuine(signature, secrets, url, form, None if form is not None else body, algorithm)
            for url in _addresses(scope, headers, self._public_url)
        )


def _addresses(scope: Scope, headers: dict[bytes, bytes], public_url: str | None) -> list[str]:
    """The addresses that Twilio may have called: the one we are known by, or as the request itself tells.

    Trying several is safe: each needs a signature that only the holder of the token can make.
    """
    path = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    tail = f"{path}?{query}" if query else path
    if public_url:
        return [public_url + tail]
    host = headers.get(b"x-forwarded-host", headers.get(b"host", b"")).decode("latin-1")
    scheme = headers.get(b"x-forwarded-proto", scope["scheme"].encode()).decode("latin-1").split(",")[0].strip()
    return [f"{scheme}://{host}{tail}"]


def _is_form(scope: Scope) -> bool:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return bool(kind.lower().startswith(b"application/x-www-form-urlencoded"))


def _form(body: bytes) -> Form:
    """The parameters of a form. Raises ValueError for more of them than any webhook has."""
    form: Form = {}
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    for name, value in pairs:
        known = form.get(name)
        if known is None:
            form[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            form[name] = [known, value]
    return form


async def _body(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return body


async def _reply(
    send: Send, status: int, kind: bytes, body: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())] if status != 204 else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *(extra or [])]})
    await send({"type": "http.response.body", "body": body})


def _read_status(form: Form, body: bytes) -> Delivery:
    try:
        return Delivery("callback", [pushed.of_status(form)])
    except RecordError as error:
        return Delivery("callback", rejects=[(body, str(error))])


def _read_inbound(form: Form, body: bytes) -> Delivery:
    try:
        return Delivery("inbound", [pushed.of_inbound(form)])
    except RecordError as error:
        return Delivery("inbound", rejects=[(body, str(error))])


def _read_debugger(form: Form, body: bytes) -> Delivery:
    try:
        return Delivery("debugger", [pushed.of_debugger(form)])
    except RecordError as error:
        return Delivery("debugger", rejects=[(body, str(error))])


def _read_events(_form: Form, body: bytes) -> Delivery:
    delivery = Delivery("events")
    try:
        for raw, event in pushed.of_events(body):
            if isinstance(event, RecordError):
                delivery.rejects.append((raw, str(event)))
            else:
                delivery.entries.append(event)
    except RecordError as error:
        delivery.rejects.append((body, str(error)))
    return delivery
