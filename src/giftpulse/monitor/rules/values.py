"""Reading the value of a comparison into the type of its field."""

import math
from collections.abc import Callable

from giftpulse.monitor.rules.fields import Field
from giftpulse.monitor.rules.language import MAX_LIST, Scalar
from giftpulse.monitor.rules.patterns import PatternError, check_pattern
from giftpulse.monitor.rules.problems import Problems, described, listed

_MAX_INTEGER = 2**53
"""Beyond this JSON readers no longer agree on the number."""

Value = Scalar | bool | tuple[Scalar, ...]


def read_value(field: Field, op: str, raw: object, path: str, problems: Problems) -> Value | None:
    """The value for ``field op``, or None when refused (and noted in ``problems``)."""
    if op == "exists":
        return _read_exists(raw, path, problems)
    if op in ("in", "not_in"):
        return _read_list(field, raw, path, problems)
    if raw is None:
        problems.add(path, "null never compares; use 'exists' with true or false")
        return None
    if isinstance(raw, list | tuple):
        problems.add(path, f"expected one value, got a list; use 'in' or 'not_in' instead of '{op}'")
        return None
    value = _READERS[field.type](field, raw, path, problems)
    if isinstance(value, str) and op in ("prefix", "regex"):
        return _read_search(op, raw if op == "regex" else value, path, problems)
    return value


def _read_exists(raw: object, path: str, problems: Problems) -> bool | None:
    if isinstance(raw, bool):
        return raw
    problems.add(path, f"'exists' takes true or false, got {described(raw)}")
    return None


def _read_list(field: Field, raw: object, path: str, problems: Problems) -> tuple[Scalar, ...] | None:
    if not isinstance(raw, list | tuple):
        problems.add(path, f"expected a list of values, got {described(raw)}")
        return None
    if not raw:
        problems.add(path, "the list is empty; expected at least one value")
        return None
    if len(raw) > MAX_LIST:
        problems.add(path, f"at most {MAX_LIST:,} values; this list has {len(raw):,}")
        return None
    read = _READERS[field.type]
    values = [read(field, item, f"{path}.{i}", problems) for i, item in enumerate(raw)]
    # The same value twice says nothing more; the first place of each is kept.
    known = dict.fromkeys(value for value in values if value is not None)
    return None if None in values else tuple(known)


def _read_search(op: str, value: object, path: str, problems: Problems) -> str | None:
    text = str(value)
    if op == "prefix":
        if not text:
            problems.add(path, "must not be empty; use 'exists' to match any text")
        return text or None
    try:
        check_pattern(text)
    except PatternError as refused:
        problems.add(path, str(refused))
        return None
    return text


def readable(text: str) -> str | None:
    """Why a text can be neither stored nor searched, or None when it is sound."""
    return "must not contain a NUL character" if "\0" in text else unicode_fault(text)


def unicode_fault(text: str) -> str | None:
    """Why a text cannot be written in UTF-8, or None when it can."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "not valid Unicode: half of a surrogate pair"
    return None


def _read_text(field: Field, raw: object, path: str, problems: Problems) -> str | None:
    if not isinstance(raw, str):
        problems.add(path, f"'{field.name}' is text, got {described(raw)}")
        return None
    if reason := readable(raw):
        problems.add(path, reason)
        return None
    text = raw.strip().lower() if field.letters == "lower" else raw
    text = raw.strip().upper() if field.letters == "upper" else text
    if field.choices and text not in field.choices:
        problems.add(path, f"'{field.name}' is one of {listed(field.choices)}")
        return None
    if field.name == "to_country" and not (len(text) == 2 and text.isascii() and text.isalpha()):
        problems.add(path, "'to_country' is a country code of two letters, such as US")
        return None
    return text


def _read_integer(field: Field, raw: object, path: str, problems: Problems) -> int | None:
    number: int | None = None
    if isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, float) and raw.is_integer():
        number = int(raw)
    elif isinstance(raw, str):
        text = raw.strip()
        # 16 digits hold every number up to the limit, and keep int() cheap.
        if text.isascii() and text.lstrip("-").isdigit() and len(text) <= 17 and text.count("-") <= 1:
            number = int(text)
    if number is None:
        problems.add(path, f"'{field.name}' is a whole number, got {_shown(raw)}")
    elif abs(number) > _MAX_INTEGER:
        problems.add(path, f"'{field.name}' is never that large")
        number = None
    return number


def _read_number(field: Field, raw: object, path: str, problems: Problems) -> float | None:
    number = math.nan
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        number = float(raw) if abs(raw) <= _MAX_INTEGER else math.nan
    elif isinstance(raw, str) and len(raw) <= 32:
        try:
            number = float(raw)
        except ValueError:
            number = math.nan
    if not abs(number) <= _MAX_INTEGER:
        problems.add(path, f"'{field.name}' is a number, got {_shown(raw)}")
        return None
    return number


def _shown(raw: object) -> str:
    return f"'{raw}'" if isinstance(raw, str) and len(raw) <= 40 else described(raw)


_READERS: dict[str, Callable[[Field, object, str, Problems], Scalar | None]] = {
    "text": _read_text,
    "integer": _read_integer,
    "number": _read_number,
}
