"""The fields of a log entry that a rule may look at: their types and the comparisons each one takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

FieldType = Literal["text", "integer", "number"]

KINDS = ("message", "call", "alert")

_TEXT_OPS = ("eq", "ne", "in", "not_in", "prefix", "regex", "exists")
_NUMBER_OPS = ("eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "exists")
_CHOICE_OPS = ("eq", "ne", "in", "not_in", "exists")


@dataclass(frozen=True)
class Field:
    """One field: ``name`` in JSON, ``attribute`` on the entry, and what may be asked of it.

    ``letters`` is the case that Twilio always writes the field in; a rule's value is brought to it.
    ``choices`` are the only values that exist, where that is known.
    """

    name: str
    attribute: str
    type: FieldType
    ops: tuple[str, ...]
    groupable: bool
    letters: Literal["lower", "upper", None] = None
    choices: tuple[str, ...] = ()


def _text(name: str, *, groupable: bool = True, letters: Literal["lower", None] = None) -> Field:
    attribute = "from_" if name == "from" else name
    return Field(name, attribute, "text", _TEXT_OPS, groupable, letters)


_ALL = (
    Field("kind", "kind", "text", _CHOICE_OPS, groupable=True, letters="lower", choices=KINDS),
    _text("direction", letters="lower"),
    _text("status", letters="lower"),
    Field("error_code", "error_code", "integer", _NUMBER_OPS, groupable=True),
    _text("log_level", letters="lower"),
    _text("text", groupable=False),
    _text("body", groupable=False),
    _text("from"),
    _text("to"),
    Field("to_country", "to_country", "text", _CHOICE_OPS, groupable=True, letters="upper"),
    _text("messaging_service_sid"),
    _text("account_sid"),
    _text("resource_sid"),
    Field("price", "price", "number", _NUMBER_OPS, groupable=False),
    Field("duration", "duration", "integer", _NUMBER_OPS, groupable=False),
    _text("request_url"),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _ALL})
"""Every field by its JSON name."""

GROUPABLE: tuple[str, ...] = tuple(field.name for field in _ALL if field.groupable)
"""Fields that ``group_by`` takes: those with few values, or whose values name someone or something."""

OPS: tuple[str, ...] = (*_TEXT_OPS[:-1], "gt", "gte", "lt", "lte", "exists")
"""Every comparison, over all fields."""
