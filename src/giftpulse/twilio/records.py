"""What Twilio's lists contain, typed. Unknown fields stay in the raw bytes that travel beside every record.

Sources: twilio.com/docs/messaging/api/message-resource, /voice/api/call-resource, /usage/monitor-alert.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

Kind = Literal["message", "call", "alert"]

Loose = str | int | float | None
"""Twilio writes numbers as strings here and as numbers there (``error_code`` is int on messages, str on alerts)."""


class MessageRecord(msgspec.Struct, rename={"from_": "from"}):
    """A Message. Dates are RFC 2822; ``price`` is a negative decimal text; ``num_segments`` is "0" at first."""

    sid: str
    account_sid: str = ""
    messaging_service_sid: str | None = None
    from_: str | None = None
    to: str | None = None
    body: str | None = None
    status: str | None = None
    direction: str | None = None
    num_segments: Loose = None
    price: Loose = None
    price_unit: str | None = None
    error_code: Loose = None
    error_message: str | None = None
    date_created: str | None = None
    date_sent: str | None = None
    date_updated: str | None = None


class CallRecord(msgspec.Struct, rename={"from_": "from"}):
    """A Call. It has no error code: what went wrong is told by alerts whose ``resource_sid`` is the call."""

    sid: str
    account_sid: str = ""
    parent_call_sid: str | None = None
    from_: str | None = None
    to: str | None = None
    status: str | None = None
    direction: str | None = None
    duration: Loose = None
    price: Loose = None
    price_unit: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    date_created: str | None = None
    date_updated: str | None = None


class AlertRecord(msgspec.Struct):
    """A Monitor alert, that is, one error or warning that Twilio logged. Dates are ISO 8601."""

    sid: str
    account_sid: str = ""
    resource_sid: str | None = None
    service_sid: str | None = None
    error_code: Loose = None
    log_level: str | None = None
    alert_text: str | None = None
    more_info: str | None = None
    request_method: str | None = None
    request_url: str | None = None
    date_created: str | None = None
    date_generated: str | None = None
    date_updated: str | None = None


Record = MessageRecord | CallRecord | AlertRecord


@dataclass(frozen=True)
class Resource:
    """A list of the API that we follow: which product serves it, where, and under which key its rows stand."""

    kind: Kind
    product: Literal["api", "monitor"]
    path: str
    key: str
    struct: type[MessageRecord] | type[CallRecord] | type[AlertRecord]


MESSAGES = Resource("message", "api", "/2010-04-01/Accounts/{account}/Messages", "messages", MessageRecord)
CALLS = Resource("call", "api", "/2010-04-01/Accounts/{account}/Calls", "calls", CallRecord)
ALERTS = Resource("alert", "monitor", "/v1/Alerts", "alerts", AlertRecord)
RESOURCES = {resource.kind: resource for resource in (MESSAGES, CALLS, ALERTS)}


class _Meta(msgspec.Struct):
    next_page_url: str | None = None


class _Envelope(msgspec.Struct):
    """Both envelopes at once: the flat one of api.twilio.com and the ``meta`` one of monitor.twilio.com."""

    messages: list[msgspec.Raw] | None = None
    calls: list[msgspec.Raw] | None = None
    alerts: list[msgspec.Raw] | None = None
    next_page_uri: str | None = None
    meta: _Meta | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list: the rows as Twilio wrote them, and where the next page is."""

    rows: list[bytes]
    next_url: str | None


class RecordError(ValueError):
    """A row, or a page, that is not what Twilio documents. Says why."""


_envelope = msgspec.json.Decoder(_Envelope)
_decoders = {kind: msgspec.json.Decoder(resource.struct, strict=True) for kind, resource in RESOURCES.items()}


def decode_page(resource: Resource, body: bytes) -> Page:
    """Cut a page into rows without looking into them. Raises :class:`RecordError`."""
    try:
        envelope = _envelope.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordError(f"not a page of {resource.key}: {error}") from error
    rows: list[msgspec.Raw] | None = getattr(envelope, resource.key)
    if rows is None:
        raise RecordError(f"not a page of {resource.key}: there is no {resource.key!r} in it")
    next_url = envelope.next_page_uri or (envelope.meta.next_page_url if envelope.meta else None)
    return Page([bytes(row) for row in rows], next_url or None)


def decode_row(kind: Kind, row: bytes) -> Record:
    """One row, typed. A field of a type we did not expect is set aside, not the row. Raises :class:`RecordError`."""
    try:
        return _decoders[kind].decode(row)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _decode_oddity(kind, row)


def _decode_oddity(kind: Kind, row: bytes) -> Record:
    try:
        # The standard parser takes what strict ones refuse: half surrogates, broken UTF-8.
        found: Any = json.loads(row.decode("utf-8", "replace"))
    except ValueError as error:
        raise RecordError(f"not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("sid"), str) or not found["sid"]:
        raise RecordError("a record without a sid")
    struct = RESOURCES[kind].struct
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    kept: dict[str, Loose] = {}
    for name in names & found.keys():
        value = found[name]
        loose = name in ("num_segments", "price", "error_code", "duration")
        if isinstance(value, str):
            kept[name] = value.encode("utf-8", "replace").decode()
        elif loose and isinstance(value, int | float):
            kept[name] = value
        elif isinstance(value, int | float):
            kept[name] = str(value)
    return msgspec.convert(kept, struct)
