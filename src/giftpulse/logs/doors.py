"""The webhook doors: verify the signature, translate, hand to the receiver, answer after the commit.

What is said to an inbound message is decided by whoever was named for it, once the message is in the record.

Bare ASGI, because these are the hottest routes and a framework costs more than all the rest. Without a token in
the settings every door is closed. A request that Twilio did not sign is 403 and leaves no trace.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from giftpulse.ground import forms
from giftpulse.ground.forms import Form
from giftpulse.ground.site import Site
from giftpulse.logs import pushed
from giftpulse.logs.discreet import without_bodies
from giftpulse.logs.entry import Entry, Source
from giftpulse.logs.receive import Delivery, OverloadedError, Receiver
from giftpulse.twilio.accounts import account_of
from giftpulse.twilio.records import RecordError
from giftpulse.twilio.signature import HMAC_SHA1, HMAC_SHA256, algorithm_of, is_genuine
from giftpulse.twilio.twiml import NOTHING, message

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LARGEST_BODY = 1024 * 1024
"""Bytes; Event Streams batches are the largest that Twilio sends."""

MOST_FIELDS = 1000
"""Parameters of a form; Twilio's longest have some fifty."""

ReplyTo = Callable[[Form], str | None]
"""Obeys an inbound message and answers what is to be said to it; runs on a thread. The form has the text of the
message even where the record must not. What it raises is logged, and nothing is said."""

QUERY = "?"
"""The name under which the query of a webhook's address stands beside the parameters: ids of ours travel in it."""


@dataclass(frozen=True)
class _Door:
    """How one webhook is read and answered."""

    source: Source
    read: Callable[[Form, bytes], Delivery]
    answer: tuple[int, bytes, bytes]


class Doors:
    """All webhook doors of a site, as one ASGI application. ``paths`` says which it answers."""

    def __init__(self, site: Site, receiver: Receiver, answer: ReplyTo | None = None) -> None:
        self._receiver = receiver
        self._reply_to = answer
        self._account = account_of(site.settings)
        self._account_sid = self._account.sid if self._account else ""
        self._public_url = site.settings.public_url
        self._keep_body = site.settings.store_bodies
        self._doors = {
            "/webhook/status": _Door("callback", _read_status, (204, b"", b"")),
            "/webhook/inbound": _Door("inbound", _read_inbound, (200, b"text/xml", NOTHING)),
            "/webhook/debugger": _Door("debugger", _read_debugger, (204, b"", b"")),
            "/webhook/events": _Door("events", _read_events, (204, b"", b"")),
        }
        self.paths = frozenset(self._doors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Serve one request to one of ``paths``. Answers the status that was answered."""
        if scope["method"] != "POST":
            return await _reply(send, 405, b"text/plain", b"Webhooks are POST.", [(b"allow", b"POST")])
        body = await _body(receive)
        if body is None:
            return await _reply(send, 413, b"text/plain", b"Larger than any webhook of Twilio's.")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not headers.get(b"x-twilio-signature"):
            return await _reply(send, 403, b"text/plain", b"X-Twilio-Signature is missing or wrong.")
        try:
            form = forms.parse(body, most=MOST_FIELDS) if _is_form(headers) else None
        except ValueError:
            return await _reply(send, 413, b"text/plain", b"More parameters than any webhook of Twilio's.")
        if not self._signed(scope, headers, form, body):
            log.warning("a webhook without a genuine signature was refused", extra={"path": scope["path"]})
            return await _reply(send, 403, b"text/plain", b"X-Twilio-Signature is missing or wrong.")
        if form is not None and scope["query_string"]:
            form[QUERY] = scope["query_string"].decode("latin-1")
        door, said = self._doors[scope["path"]], form or {}
        if not self._keep_body:
            form, body = without_bodies(form, body)
        try:
            delivery = door.read(form or {}, body)
            for entry in delivery.entries:
                entry.account_sid = entry.account_sid or self._account_sid
            await self._receiver.take(delivery)
        except OverloadedError:
            return await _reply(send, 503, b"text/plain", b"Too much at once.", [(b"retry-after", b"5")])
        except Exception:  # noqa: BLE001  # the edge: the receiver has logged it; Twilio may send again
            return await _reply(send, 500, b"text/plain", b"Not stored.")
        else:
            reply = await self._spoken(said) if door.source == "inbound" and delivery.entries else None
            return await _reply(send, *((200, b"text/xml", message(reply)) if reply is not None else door.answer))

    async def _spoken(self, said: Form) -> str | None:
        if self._reply_to is None:
            return None
        try:
            return await asyncio.to_thread(self._reply_to, said)
        except Exception as error:  # the edge: the message is in the record, where its reader finds it unanswered
            log.error("an inbound message could not be answered", exc_info=error)
            return None

    def _signed(self, scope: Scope, headers: dict[bytes, bytes], form: Form | None, body: bytes) -> bool:
        if self._account is None:
            return False
        signature = headers[b"x-twilio-signature"].decode("latin-1")
        settings = headers.get(b"x-twilio-webhooks-signature-settings")
        algorithm = algorithm_of(settings.decode("latin-1")) if settings else HMAC_SHA1
        secrets = self._account.shared_keys if algorithm == HMAC_SHA256 else self._account.tokens
        url = _address(scope, headers, self._public_url)
        return is_genuine(signature, secrets, url, form, None if form is not None else body, algorithm)


def _address(scope: Scope, headers: dict[bytes, bytes], public_url: str | None) -> str:
    """The address that Twilio called: the one we are known by, or as the request itself tells.

    Believing the request is safe: a signature for any address can only be made by the holder of the token.
    """
    path = (scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    tail = f"{path}?{query}" if query else path
    if public_url:
        return public_url + tail
    host = headers.get(b"x-forwarded-host", headers.get(b"host", b"")).decode("latin-1")
    scheme = headers.get(b"x-forwarded-proto", scope["scheme"].encode()).decode("latin-1").split(",")[0].strip()
    return f"{scheme}://{host}{tail}"


def _is_form(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").lower().startswith(b"application/x-www-form-urlencoded")


async def _body(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return body


async def _reply(
    send: Send, status: int, kind: bytes, body: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> int:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())] if status != 204 else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *(extra or [])]})
    await send({"type": "http.response.body", "body": body})
    return status


def _read_status(form: Form, body: bytes) -> Delivery:
    return _read_form("callback", pushed.of_status, form, body)


def _read_inbound(form: Form, body: bytes) -> Delivery:
    return _read_form("inbound", pushed.of_inbound, form, body)


def _read_debugger(form: Form, body: bytes) -> Delivery:
    return _read_form("debugger", pushed.of_debugger, form, body)


def _read_form(source: Source, read: Callable[[Form], Entry], form: Form, body: bytes) -> Delivery:
    try:
        return Delivery(source, [read(form)])
    except RecordError as error:
        return Delivery(source, rejects=[(body, str(error))])


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
