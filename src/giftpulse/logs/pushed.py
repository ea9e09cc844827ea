"""What Twilio's webhooks say, in our words: status callbacks, inbound messages, Debugger events, Event Streams.

A webhook tells a part of a record, so these entries have no content hash. Sources: twilio.com/docs/messaging/guides/
track-outbound-message-status, /usage/webhooks/messaging-webhooks, /usage/troubleshooting/debugging-event-webhooks,
/docs/events/event-types.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from giftpulse.logs.entry import Entry
from giftpulse.logs.translate import alert_text, tidy, whole
from giftpulse.twilio import statuses
from giftpulse.twilio.dates import parse_instant
from giftpulse.twilio.records import Kind, RecordError

Form = Mapping[str, str | Sequence[str]]

_json = msgspec.json.Encoder()
_MESSAGE_EVENT = "com.twilio.messaging.message."
_INBOUND_EVENT = "com.twilio.messaging.inbound-message.received"
_ERROR_EVENT = "com.twilio.error-logs.error.logged"
_LEVELS = {"warn": "warning"}


def of_status(form: Form) -> Entry:
    """A status callback of a message or a call. Raises :class:`RecordError` when it names neither."""
    sid, kind, status = _one(form, "MessageSid") or _one(form, "SmsSid"), "message", _one(form, "MessageStatus")
    if not sid:
        sid, kind, status = _one(form, "CallSid"), "call", _one(form, "CallStatus")
    if not sid:
        raise RecordError("a status callback without MessageSid or CallSid")
    entry = _entry(form, "call" if kind == "call" else "message", sid)
    status = status or _one(form, "SmsStatus")
    entry.status = statuses.normal(entry.kind, status or "") or None
    entry.error_code = whole(_one(form, "ErrorCode")) or None
    entry.text = _one(form, "ErrorMessage")
    entry.duration = whole(_one(form, "CallDuration"))
    return _storable(entry)


def of_inbound(form: Form) -> Entry:
    """An inbound message. Raises :class:`RecordError` without a SID."""
    sid = _one(form, "MessageSid") or _one(form, "SmsMessageSid") or _one(form, "SmsSid")
    if not sid:
        raise RecordError("an inbound message without MessageSid")
    entry = _entry(form, "message", sid)
    entry.direction, entry.status = "inbound", "received"
    entry.body = _one(form, "Body")
    entry.segments = whole(_one(form, "NumSegments"))
    _storable(entry).raw = entry.said
    return entry


def of_debugger(form: Form) -> Entry:
    """An event of the Debugger webhook: the same alert, by the same SID, that Monitor lists later."""
    sid = _one(form, "Sid")
    if not sid:
        raise RecordError("a Debugger event without Sid")
    try:
        payload = msgspec.json.decode(_one(form, "Payload") or "{}")
    except msgspec.MsgspecError:
        payload = {}
    payload = payload if isinstance(payload, dict) else {}
    more = payload.get("more_info")
    more = {str(key).lower(): value for key, value in more.items()} if isinstance(more, dict) else {}
    request = payload.get("webhook", {})
    request = request.get("request", {}) if isinstance(request, dict) else {}
    at = parse_instant(_one(form, "Timestamp"))
    entry = _alert(_one(form, "AccountSid") or "", sid, _one(form, "Level"), payload.get("error_code"), at)
    entry.text = alert_text(_text(more.get("msg") or more.get("message")))
    entry.resource_sid = _text(payload.get("resource_sid"))
    entry.request_url = _text(request.get("url")) if isinstance(request, dict) else None
    entry.said = entry.raw = _words(form)
    return tidy(entry)


def of_events(body: bytes) -> Iterator[tuple[bytes, Entry | RecordError]]:
    """The events of an Event Streams delivery, each raw and as an entry, or why it cannot be one."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RecordError(f"not JSON: {error}") from error
    for event in found if isinstance(found, list) else [found]:
        raw = _json.encode(event)
        try:
            yield raw, _event(event)
        except RecordError as error:
            yield raw, error


def _event(event: Any) -> Entry:
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        raise RecordError("an event without data")
    kind, data = str(event.get("type")), event["data"]
    said = _json.encode(event).decode()
    if kind == _INBOUND_EVENT or kind.startswith(_MESSAGE_EVENT):
        entry = _message_event(kind, event, data)
    elif kind == _ERROR_EVENT:
        sid = _text(data.get("sid"))
        if not sid:
            raise RecordError("an error event without sid")
        at = parse_instant(_text(data.get("date_created")) or _text(event.get("time")))
        level, code = _text(data.get("level")), data.get("error_code")
        entry = _alert(_text(data.get("account_sid")) or "", sid, level, code, at)
        entry.text = alert_text(_text(data.get("alert_text") or data.get("message")))
        entry.resource_sid = _text(data.get("resource_sid") or data.get("request_sid"))
    else:
        raise RecordError(f"events of type {kind!r} are not followed")
    entry.said = entry.raw = said.replace("\\u0000", "\ufffd")
    return tidy(entry)


def _message_event(kind: str, event: Mapping[str, Any], data: Mapping[str, Any]) -> Entry:
    sid = _text(data.get("messageSid"))
    if not sid:
        raise RecordError("a message event without messageSid")
    inbound = kind == _INBOUND_EVENT
    status = "received" if inbound else _text(data.get("messageStatus")) or kind.removeprefix(_MESSAGE_EVENT)
    at = parse_instant(_text(data.get("timestamp")) or _text(event.get("time")))
    return Entry(
        account_sid=_text(data.get("accountSid")) or "",
        sid=sid,
        kind="message",
        direction="inbound" if inbound else None,
        status=statuses.normal("message", status) or None,
        error_code=whole(data.get("errorCode")) or None,
        from_=_text(data.get("from")),
        to=_text(data.get("to")),
        messaging_service_sid=_text(data.get("messagingServiceSid")),
        segments=whole(data.get("numberOfSegments")) or None,
        changed_at=at,
    )


def _alert(account_sid: str, sid: str, level: str | None, code: Any, at: Any) -> Entry:
    level = (level or "").lower() or None
    return Entry(
        account_sid=account_sid,
        sid=sid,
        kind="alert",
        log_level=_LEVELS.get(level, level) if level else None,
        error_code=whole(code if isinstance(code, str | int | float) else None) or None,
        event_at=at,
        changed_at=at,
    )


def _entry(form: Form, kind: Kind, sid: str) -> Entry:
    return Entry(
        account_sid=_one(form, "AccountSid") or "",
        sid=sid,
        kind=kind,
        from_=_one(form, "From"),
        to=_one(form, "To"),
        messaging_service_sid=_one(form, "MessagingServiceSid"),
        said=_words(form),
    )


def _words(form: Form) -> str:
    return _json.encode(form).decode().replace("\\u0000", "\ufffd")


def _storable(entry: Entry) -> Entry:
    """An entry of a form, which was decoded from bytes: the only thing in it that no database can hold is a NUL, and
    where one was, its words have a replacement character."""
    return tidy(entry) if entry.said is not None and "\ufffd" in entry.said else entry


def _one(form: Form, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) or value is None else value[0]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else str(value) if isinstance(value, int) else None
