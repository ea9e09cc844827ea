"""Instants as the API takes them: ISO 8601 text with its zone, never a bare number and never without a zone."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_PLUS_LOST = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)\Z")

# A day inside of what Python can hold, so that every zone's way of writing them can be held too.
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
        raise ValueError("expected an instant such as 2026-11-20T12:00:00Z")
    # A bare + in a query string is a space.
    return _PLUS_LOST.sub(r"\1+\2", value)


def _in_range(value: datetime) -> datetime:
    return min(max(value, _FIRST), _LAST).astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_in_range)]
"""An instant with its zone, answered in UTC."""
