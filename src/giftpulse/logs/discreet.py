"""Webhooks without the texts of messages, for installations that must not store them (``STORE_BODIES=false``)."""

import json
from typing import Any
from urllib.parse import urlencode

Form = dict[str, str | list[str]]


def without_bodies(form: Form | None, body: bytes) -> tuple[Form | None, bytes]:
    """A form and the bytes it came in (or JSON, with form None), with every field named ``Body`` taken out, however
    deep: the Debugger repeats our own webhook's parameters, an event its message."""
    if form is not None:
        scrubbed = {name: _json_or_text(value) for name, value in form.items() if name.lower() != "body"}
        return scrubbed, urlencode(scrubbed, doseq=True).encode()
    try:
        return None, json.dumps(_scrubbed(json.loads(body))).encode()
    except ValueError:  # no JSON, so it will be kept aside as it is: but then without its text
        return None, b"(not JSON, and not stored: STORE_BODIES is false)"


def _json_or_text(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(_scrubbed(json.loads(value)))
        except ValueError:
            return value
    return value


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scrubbed(inner) for key, inner in value.items() if str(key).lower() != "body"}
    if isinstance(value, list):
        return [_scrubbed(inner) for inner in value]
    return value
