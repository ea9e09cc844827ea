"""What there is to tell, as plain data: one notice for one alert through one action."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A message body has at most 1,600 characters, so only raw alert texts are ever cut here.
_MAX_TEXT = 4_000
_MAX_ITEMS = 200
_MAX_DEPTH = 6
_MAX_SAMPLES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Notice:
    """One thing to tell.

    ``id``: the same over all attempts, so a receiver can drop a double; 1 to 64 letters, digits, ``_`` and
    ``-`` (``msg_...``), for it is the webhook-id and part of the Message-ID. Anything else is a ValueError.
    ``reason``: ``firing``, ``resolved``, ``still firing``, ``test`` and so on.
    ``alert``: JSON data: id, rule_id, rule_name, rule_description, severity, state, group (dict of labels),
    count, opened_at, first_event_at, last_event_at, resolved_at (ISO 8601), resolved_reason, summary, late,
    error_code, error_message, status, logs (dicts: sid, kind, status, error_code, error_meaning, error_advice, from,
    to, body, event_at ...), url. Any of it may be missing or None.
    ``created_at``: aware; when the notice was written, the same over all attempts.
    ``first_id``: the id of this alert's first notice through the same action, so that mails thread; empty
    for the first notice itself.
    """

    id: str
    reason: str
    alert: Mapping[str, Any]
    created_at: datetime
    first_id: str = ""

    def __post_init__(self) -> None:
        for name in (self.id, self.first_id or self.id):
            if not _ID.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the id of a notice")


# Always there for a template, whatever the alert lacks.
_ALERT_NAMES = (
    "id", "rule_id", "rule_name", "rule_description", "severity", "state", "group", "count", "opened_at",
    "first_event_at", "last_event_at", "resolved_at", "resolved_reason", "summary", "late", "error_code",
    "error_message", "error_meaning",
    "error_advice", "status", "logs", "url",
)  # fmt: skip
_OLD_NAMES = ("from_number", "to_number", "log_type", "twilio_sid", "timestamp", "log")
TEMPLATE_NAMES: frozenset[str] = frozenset({*_ALERT_NAMES, *_OLD_NAMES, "reason", "notice_id", "alert"})


def template_values(notice: Notice) -> dict[str, Any]:
    """What templates see: everything of the alert at the top level (and as ``alert``), the names that the
    old project's templates use, and ``log``, the first sample.

    Always plain JSON data, however the alert was built: long texts and lists are cut, and whatever is no
    JSON becomes its text. Every name of ``TEMPLATE_NAMES`` is present, with None or empty for the unknown.
    """
    alert = {**_plain(notice.alert)} if notice.alert else {}
    logs = [log for log in alert.get("logs") or () if isinstance(log, dict)][:_MAX_SAMPLES]
    log: dict[str, Any] = logs[0] if logs else {}
    alert = {**dict.fromkeys(_ALERT_NAMES), **alert, "logs": logs, "group": alert.get("group") or {}}
    for name in ("error_code", "error_message", "error_meaning", "error_advice", "status"):
        alert[name] = _first(alert[name], log.get(name))
    alert["error_message"] = _first(alert["error_message"], alert["error_meaning"])
    return {
        **alert,
        "from_number": log.get("from"),
        "to_number": log.get("to"),
        "log_type": log.get("kind"),
        "twilio_sid": log.get("sid"),
        "timestamp": _first(log.get("event_at"), alert["last_event_at"], notice.created_at.isoformat()),
        "log": log,
        "reason": notice.reason,
        "notice_id": notice.id,
        "alert": alert,
    }


def _first(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _plain(value: Any, depth: int = 0) -> Any:
    """A copy made of dict, list, str, int, float, bool and None alone, and of bounded size."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value + 0 if abs(value) < 1e15 else str(value)
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        pairs = list(value.items())[:_MAX_ITEMS]
        return {str(key)[:_MAX_TEXT]: _plain(inner, depth + 1) for key, inner in pairs}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str) and depth < _MAX_DEPTH:
        return [_plain(inner, depth + 1) for inner in list(value)[:_MAX_ITEMS]]
    # Half a surrogate pair, from a text that was cut in its middle, fits into no mail and no JSON.
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


_SAMPLE_LOG: dict[str, Any] = {
    "sid": "SM00000000000000000000000000000000",
    "kind": "message",
    "direction": "outbound-api",
    "status": "undelivered",
    "error_code": 30003,
    "error_meaning": "The handset could not be reached",
    "error_advice": "Try again later; the phone may be off or out of coverage.",
    "from": "+15005550006",
    "to": "+15005550009",
    "body": "A sample text",
    "event_at": "2026-01-02T03:04:05+00:00",
}
_SAMPLE_ALERT: dict[str, Any] = {
    "id": "alert_sample",
    "rule_id": "rule_sample",
    "rule_name": "Sample rule",
    "rule_description": "Shows what a notice looks like",
    "severity": "warning",
    "state": "firing",
    "group": {"messaging_service_sid": "MG00000000000000000000000000000000"},
    "count": 12,
    "opened_at": "2026-01-02T03:00:00+00:00",
    "first_event_at": "2026-01-02T02:59:50+00:00",
    "last_event_at": "2026-01-02T03:04:05+00:00",
    "resolved_at": None,
    "resolved_reason": None,
    "summary": "12 messages failed within 5 minutes",
    "late": False,
    "error_code": 30003,
    "error_message": "The handset could not be reached",
    "error_meaning": _SAMPLE_LOG["error_meaning"],
    "error_advice": _SAMPLE_LOG["error_advice"],
    "status": "undelivered",
    "logs": [_SAMPLE_LOG],
    "url": "http://127.0.0.1/api/alerts/sample",
}


def sample_notice(reason: str = "test", **alert: Any) -> Notice:
    """A notice with every name filled: what templates are checked with, and what a test-fire sends.

    ``alert`` replaces parts of the sample alert.
    """
    created = datetime.fromisoformat("2026-01-02T03:04:06+00:00")
    return Notice("msg_sample", reason, {**_SAMPLE_ALERT, **alert}, created)
