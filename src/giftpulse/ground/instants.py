"""Instants as the API takes them: ISO 8601 text with its zone, never a bare number and never without a zone."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

_PLUS_LOST = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)\Z")


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
        raise ValueError("expected an instant such as 2026-11-20T12:00:00Z")
    # A bare + in a query string is a space.
    return _PLUS_LOST.sub(r"\1+\2", value)


Instant = Annotated[AwareDatetime, BeforeValidator(_text)]
"""An instant with its zone."""
