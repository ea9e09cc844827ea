"""The kinds of values that a program and its people have in JSON, each with its check and its schema."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from giftpulse.daily.programs import keywords, texts, times, weekdays

_LINE = r"^[^\u0000-\u001f]*$"
_LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$"


def _line(value: str) -> str:
    if reason := texts.fault(value):
        raise ValueError(reason)
    return value.strip()


def _lines(value: str) -> str:
    if reason := texts.fault(value, lines=True):
        raise ValueError(reason)
    return value.strip()


def _said(value: str) -> str:
    if not value:
        raise ValueError("expected a text that is not blank")
    return value


Line = Annotated[str, AfterValidator(_line), Field(json_schema_extra={"pattern": _LINE})]
"""A text on one line, blanks around it taken away."""

Lines = Annotated[str, AfterValidator(_lines), Field(json_schema_extra={"pattern": _LINES})]
"""A text that may have several lines."""

Word = Annotated[Line, AfterValidator(_said)]
"""A text on one line that is not blank."""

Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]


def _language(value: object) -> object:
    if not isinstance(value, str) or not re.match(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z", value.strip()):
        raise ValueError('expected a language such as "en", "es" or "pt-BR"')
    language, dash, rest = value.strip().partition("-")
    return language.lower() + dash + rest


Language = Annotated[
    str,
    BeforeValidator(_language),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "examples": ["en"]}),
]
"""A language by its code (BCP 47); the first part in lower case."""


def _time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("expected a time of day such as 09:30")
    return times.clock(times.minute(value))


Time = Annotated[
    str, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": times.PATTERN, "examples": ["12:00"]})
]
"""A time of the local day, as ``12:00``; ``24:00`` ends it."""

_DAY: dict[str, Any] = {"type": "string", "enum": list(weekdays.NAMES)}
_DAYS: dict[str, Any] = {
    "anyOf": [
        {"type": "array", "items": _DAY, "minItems": 1, "maxItems": 7},
        {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 6}, "minItems": 1, "maxItems": 7},
        {"type": "string", "pattern": "^(daily|(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)$"},
    ]
}

Days = Annotated[
    list[str],
    BeforeValidator(lambda value: weekdays.names(weekdays.mask(value))),
    WithJsonSchema(_DAYS, mode="validation"),
    WithJsonSchema({"type": "array", "items": _DAY}, mode="serialization"),
]
"""Weekdays, shown as a list of names; also taken as numbers from 0 (Monday), "mon-fri" or "daily"."""


def _date(value: object) -> object:
    try:
        if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d\Z", value, re.ASCII):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass  # such as 2026-02-30: told below
    raise ValueError("expected a date such as 2026-12-25")


Date = Annotated[str, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
"""A local date."""


_SENDER = r"(\+[1-9][0-9]{6,14}|[0-9]{3,8}|MG[0-9a-fA-F]{32})"


def _sender(value: str) -> str:
    value = value.strip()
    if not re.fullmatch(_SENDER, value):
        raise ValueError("expected a number such as +15551234567, a short code, or MG and 32 hexadecimal digits")
    return value


SenderText = Annotated[str, AfterValidator(_sender), Field(json_schema_extra={"pattern": f"^{_SENDER}$"})]
"""A phone number, a short code or a messaging service."""

Keyword = Annotated[
    str,
    AfterValidator(keywords.keyword),
    Field(json_schema_extra={"pattern": "^[A-Za-z][A-Za-z0-9]{1,19}$", "examples": ["DAILY"]}),
]
"""The join keyword, in upper case."""
