"""The outline of the rule language as JSON Schema, for the OpenAPI. What it cannot say, parse.py says when it reads."""

from typing import Any

from giftpulse.monitor.rules.fields import FIELDS, GROUPABLE, OPS
from giftpulse.monitor.rules.language import MAX_COUNT, MAX_DESCRIPTION, MAX_GROUP_BY, MAX_NAME, SEVERITIES

Schema = dict[str, Any]

_DURATION: Schema = {"type": "string", "pattern": "^[0-9]{1,6}[smhd]$", "examples": ["30s", "5m", "1h", "7d"]}

NAME: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": r"^[^\x00]*\S[^\x00]*$"}
DESCRIPTION: Schema = {"type": ["string", "null"], "maxLength": MAX_DESCRIPTION, "pattern": r"^[^\x00]*$"}
ENABLED: Schema = {"type": ["boolean", "null"]}
SEVERITY: Schema = {"enum": [*SEVERITIES, None]}
COOLDOWN: Schema = {"anyOf": [_DURATION, {"type": "null"}]}
CONDITION: Schema = {
    "type": ["object", "null"],
    "properties": {
        "field": {"enum": list(FIELDS)},
        "op": {"enum": list(OPS)},
        "value": {"description": "Of the field's type; a list for in and not_in; true or false for exists"},
        "all": {"type": "array", "items": {"type": "object"}, "description": "Conditions that must all hold"},
        "any": {"type": "array", "items": {"type": "object"}, "description": "Conditions of which one must hold"},
        "not": {"type": "object", "description": "A condition that must not hold"},
    },
    "additionalProperties": False,
}
TRIGGER: Schema = {
    "type": ["object", "null"],
    "properties": {
        "type": {"enum": ["each", "threshold"]},
        "count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
        "within": _DURATION,
        "group_by": {
            "type": ["array", "null"],
            "items": {"enum": list(GROUPABLE)},
            "maxItems": MAX_GROUP_BY,
            "uniqueItems": True,
        },
    },
    "required": ["type"],
    "additionalProperties": False,
}
CLEAR: Schema = {
    "type": ["object", "null"],
    "properties": {
        "below": {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_COUNT},
        "for": {"anyOf": [_DURATION, {"type": "null"}]},
    },
    "additionalProperties": False,
}
LOG_TYPE: Schema = {"type": ["string", "null"], "examples": ["message", "call", "alert"]}
PATTERN_TYPE: Schema = {"type": ["string", "null"], "examples": ["error_code", "regex", "status", "threshold"]}
PATTERN_VALUE: Schema = {"type": ["string", "integer", "null"]}
THRESHOLD: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_COUNT}
