"""Twilio's records in our words. Unknown statuses, codes and fields are kept; only what has no SID is refused."""

import hashlib
from urllib.parse import parse_qs

from giftpulse.logs.entry import MICROS, Entry
from giftpulse.twilio import statuses
from giftpulse.twilio.dates import parse_instant
from giftpulse.twilio.records import AlertRecord, CallRecord, Kind, Loose, MessageRecord, RecordError, decode_row

_TEXTS = (
    "account_sid", "sid", "direction", "status", "log_level", "text", "body", "from_", "to", "resource_sid",
    "messaging_service_sid", "request_url", "price_unit", "raw", "said",
)  # fmt: skip


def entry_of(kind: Kind, row: bytes, account_sid: str, *, keep_body: bool = True) -> Entry:
    """A row of a list as an entry. Raises :class:`RecordError` if it cannot be told apart from others (no SID)."""
    record = decode_row(kind, row)
    if not record.sid:
        raise RecordError("a record without a sid")
    if isinstance(record, MessageRecord):
        entry = _message(record)
    elif isinstance(record, CallRecord):
        entry = _call(record)
    else:
        entry = _alert(record)
    if b"\\u" in row or not row.isascii():
        tidy(entry)
    entry.account_sid = entry.account_sid or account_sid
    # The hash says whether a later page shows the same content; 16 bytes are plenty among one account's records.
    entry.content_hash = hashlib.blake2b(row, digest_size=16).digest()
    entry.raw = row.decode("utf-8", "replace") if keep_body else None
    if not keep_body:
        entry.body = None
    return entry


def tidy(entry: Entry) -> Entry:
    """Every text of an entry as both databases can hold it."""
    for name in _TEXTS:
        value = getattr(entry, name)
        if value is not None:
            setattr(entry, name, clean(value))
    return entry


def _message(record: MessageRecord) -> Entry:
    created, sent = parse_instant(record.date_created), parse_instant(record.date_sent)
    updated = parse_instant(record.date_updated)
    return Entry(
        account_sid=record.account_sid,
        sid=record.sid,
        kind="message",
        direction=record.direction,
        status=_status("message", record.status),
        error_code=whole(record.error_code) or None,
        text=clean(record.error_message),
        body=clean(record.body),
        from_=clean(record.from_),
        to=clean(record.to),
        messaging_service_sid=record.messaging_service_sid,
        price_micros=micros(record.price),
        price_unit=record.price_unit,
        segments=whole(record.num_segments),
        event_at=sent or created or updated,
        twilio_created_at=created,
        twilio_updated_at=updated,
        changed_at=updated or sent or created,
    )


def _call(record: CallRecord) -> Entry:
    created, started = parse_instant(record.date_created), parse_instant(record.start_time)
    updated = parse_instant(record.date_updated)
    return Entry(
        account_sid=record.account_sid,
        sid=record.sid,
        kind="call",
        direction=record.direction,
        status=_status("call", record.status),
        from_=clean(record.from_),
        to=clean(record.to),
        resource_sid=record.parent_call_sid,
        duration=whole(record.duration),
        price_micros=micros(record.price),
        price_unit=record.price_unit,
        event_at=started or created or updated,
        twilio_created_at=created or started,
        twilio_updated_at=updated,
        changed_at=updated or started or created,
    )


def _alert(record: AlertRecord) -> Entry:
    generated, created = parse_instant(record.date_generated), parse_instant(record.date_created)
    return Entry(
        account_sid=record.account_sid,
        sid=record.sid,
        kind="alert",
        error_code=whole(record.error_code) or None,
        log_level=record.log_level.lower() if record.log_level else None,
        text=alert_text(record.alert_text),
        resource_sid=record.resource_sid,
        messaging_service_sid=record.service_sid if (record.service_sid or "").startswith("MG") else None,
        request_url=clean(record.request_url),
        event_at=generated or created,
        twilio_created_at=created or generated,
        twilio_updated_at=parse_instant(record.date_updated),
        changed_at=generated or created,
    )


def _status(kind: Kind, status: str | None) -> str | None:
    return statuses.normal(kind, clean(status) or "") or None


def whole(value: Loose) -> int | None:
    """A whole number, however Twilio wrote it; None for null and for words (the raw record keeps them)."""
    if isinstance(value, int):
        return value if abs(value) < 2**62 else None
    try:
        number = int(float(value)) if value not in (None, "") else None
    except (ValueError, OverflowError):
        return None
    return number if number is None or abs(number) < 2**62 else None


def micros(price: Loose) -> int | None:
    """A price in millionths."""
    try:
        number = round(float(price) * MICROS) if price not in (None, "") else None
    except (ValueError, OverflowError):
        return None
    return number if number is None or abs(number) < 2**62 else None


def clean(text: str | None) -> str | None:
    """A text that both databases can hold: Postgres has no NUL, and UTF-8 has no half surrogates."""
    if text is None or (text.isascii() and "\x00" not in text):
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def alert_text(text: str | None) -> str | None:
    """What an alert says. Twilio often writes it as a query string: ``Msg=...&ErrorCode=11200&url=...``."""
    if not text or "=" not in text or " " in text:
        return clean(text)
    try:
        fields = {key.lower(): values[0] for key, values in parse_qs(text, max_num_fields=200).items()}
    except ValueError:  # more fields than any alert has
        return clean(text)
    words = fields.pop("msg", None) or fields.pop("message", None)
    if not fields and not words:
        return clean(text)
    rest = ", ".join(f"{key}: {value}" for key, value in fields.items() if key not in ("errorcode", "loglevel"))
    return clean(" | ".join(part for part in (words, rest) if part) or text)
