"""Our own log: one JSON object a line, with phone numbers and secrets masked before anything is written."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from giftpulse.ground import phone, traces

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the HTTP request or round that is being served; goes with every line it writes."""

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_SECRET = re.compile(
    r"(?i)\b((?:authorization|x-api-key|auth_?token|api_?key|(?:ssl)?password|secret)[\"']?\s*[:=]\s*[\"']?)"
    r"(?:bearer |basic )?[^\s\"',;&]+"
    r"|\b(bearer|basic) [\w.~+/=-]{8,}|\b(gp_|whsec_|sk-)[\w+/=-]{8,}|(://[^/\s:@]*:)[^@\s/]+(?=@)"
)
_SECRET_KEY = re.compile(r"(?i)token|password|secret|authorization|api_?key|cookie")

_known_secrets: set[str] = set()


def hide(*secrets: str | None) -> None:
    """Never write these values, wherever they turn up (settings hand in their secrets at the start)."""
    _known_secrets.update(secret for secret in secrets if secret and len(secret) >= 8)


def masked(text: str) -> str:
    """A text with phone numbers and secrets masked."""
    for secret in _known_secrets:
        if secret in text:
            text = text.replace(secret, "********")
    text = _SECRET.sub(lambda m: next(group for group in (*m.groups(), "") if group is not None) + "********", text)
    return phone.mask_all(text)


def _masked_value(key: str, value: Any) -> Any:
    if isinstance(value, int | float | bool) or value is None:
        return value
    if _SECRET_KEY.search(key):
        return "********"
    if isinstance(value, dict):
        return {str(k): _masked_value(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked_value(key, item) for item in value]
    return masked(str(value))


class JsonLines(logging.Formatter):
    """``{"at": ..., "level": ..., "logger": ..., "message": ..., <extra fields>}``."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **_extra(record),
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        extra = " ".join(f"{key}={value}" for key, value in _extra(record).items())
        line = f"{at} {record.levelname:<7} {record.name}: {masked(record.getMessage())} {extra}".rstrip()
        return f"{line}\n{masked(self.formatException(record.exc_info))}" if record.exc_info else line


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    extra = {k: _masked_value(k, v) for k, v in record.__dict__.items() if k not in _STANDARD and k[0] != "_"}
    if (current := request_id.get()) is not None:
        extra.setdefault("request_id", current)
    if (trace := traces.trace_id()) is not None:
        extra.setdefault("trace_id", trace)
    return extra


def start(level: str = "INFO", style: str = "json") -> None:
    """Send the process's whole log to standard error in our form. Calling it again replaces the form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    # Alembic speaks whenever it looks.
    for noisy in ("uvicorn.access", "aiosmtpd", "mail.log", "asyncio", "alembic.runtime.migration"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
