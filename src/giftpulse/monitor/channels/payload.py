"""What a webhook says and how it is signed (pure)."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from giftpulse.monitor.channels.notice import Notice, template_values
from giftpulse.monitor.templates.render import RenderError, render_json, render_text

# Standard Webhooks 1.0 asks for less than 20 kB.
MAX_DEFAULT = 20_000
_MAX_SAMPLES = 5
_SECRET_BYTES = range(24, 65)


def body_of(notice: Notice, template: Any) -> tuple[bytes, str, list[str]]:
    """The bytes to send, their content type, and what went wrong with the template.

    No template (None or empty): ``default_payload``. An object or a list: its leaf texts are rendered. A
    text: rendered as it stands, and sent as JSON if it is JSON, else as plain text.
    """
    warnings: list[str] = []
    payload: Any = None
    if template:
        try:
            render = render_text if isinstance(template, str) else render_json
            rendered = render(template, template_values(notice))
            payload = rendered.value
            warnings = [f"payload: {warning}" for warning in rendered.warnings]
        except RenderError as error:
            where = ".".join(("payload", *error.path))
            warnings = [f"{where}: {error}; the built-in payload was sent"]
    if payload is None:
        payload = default_payload(notice)
    if isinstance(payload, str):
        return payload.encode(), _type_of(payload), warnings
    return _json(payload), "application/json", warnings


def default_payload(notice: Notice) -> dict[str, Any]:
    """``{"type": "alert.firing", "timestamp": ..., "data": {...}}``: the type is the notice's reason, the
    timestamp is when the notice was created (the same over all attempts), and the data are the alert's
    values as in ``Notice.alert``, with at most five samples and fewer if they are long.
    """
    alert = template_values(notice)["alert"]
    data = {**alert, "reason": notice.reason, "notice_id": notice.id, "logs": alert["logs"][:_MAX_SAMPLES]}
    payload = {
        "type": "alert." + notice.reason.replace(" ", "_"),
        "timestamp": notice.created_at.isoformat(),
        "data": data,
    }
    while data["logs"] and len(_json(payload)) > MAX_DEFAULT:
        data["logs"] = data["logs"][:-1]
    return payload


def signature_headers(notice_id: str, at: datetime, body: bytes, secret: str | None) -> Mapping[str, str]:
    """Standard Webhooks 1.0 headers for one attempt at instant ``at`` (aware, UTC).

    The id and the time are always there; the signature needs ``secret``, which may hold several secrets
    with spaces between, each of which signs, so that a receiver can change over.
    """
    headers = {
        "Idempotency-Key": notice_id,
        "webhook-id": notice_id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if secret:
        text = body.decode()
        headers["webhook-signature"] = " ".join(Webhook(s).sign(notice_id, at, text) for s in secret.split())
    return headers


def new_secret() -> str:
    """A fresh signing secret (``whsec_`` and 32 random bytes)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether this is one signing secret of 24 to 64 bytes, as the standard has them."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return text.startswith("whsec_") and len(key) in _SECRET_BYTES


def _json(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def _type_of(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "text/plain; charset=utf-8"
    return "application/json"
