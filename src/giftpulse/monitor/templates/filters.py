"""The filters that templates may use. All take plain data, None counts as empty, and none can be asked to
make much out of little: what could is left out (``center``, ``format``, ``indent``, ``batch`` ...).
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from giftpulse.monitor.templates.budget import MAX_TEXT, LimitError, current


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _items_of(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, str | list | tuple | dict):
        raise TypeError(f"{value!r} is no list")
    return list(value)


def replace(value: Any, old: Any, new: Any, count: int = -1) -> str:
    """``str.replace`` that measures before it makes."""
    text, old, new = _text(value), _text(old), _text(new)
    found = text.count(old) if count < 0 else min(text.count(old), count)
    if len(text) + found * (len(new) - len(old)) > MAX_TEXT:
        raise LimitError("replaces into too long a text")
    return text.replace(old, new, count)


def join(value: Any, separator: Any = "", attribute: str | None = None) -> str:
    """The items as one text. Under autoescape each unmarked part is escaped."""
    items = _pluck(_items_of(value), attribute) if attribute else _items_of(value)
    parts = [part if isinstance(part, str) else _text(part) for part in (separator, *items)]
    if sum(map(len, parts)) + len(parts[0]) * len(items) > MAX_TEXT:
        raise LimitError("joins into too long a text")
    if any(isinstance(part, Markup) for part in parts):
        return escape(parts[0]).join(parts[1:])
    return parts[0].join(parts[1:])


def concat(parts: Iterable[Any]) -> str:
    """What the operator ``~`` does."""
    return join(list(parts))


def _default(value: Any, default: Any = "", boolean: bool = False) -> Any:
    return default if value is None or isinstance(value, Undefined) or (boolean and not value) else value


def _pluck(items: list[Any], attribute: str) -> list[Any]:
    return [item.get(attribute) if isinstance(item, dict) else None for item in items]


def _map(value: Any, *, attribute: str) -> list[Any]:
    return _pluck(_items_of(value), attribute)


def _order(item: Any) -> tuple[bool, Any]:
    return item is not None, item.lower() if isinstance(item, str) else item


def _sort(value: Any, reverse: bool = False, attribute: str | None = None) -> list[Any]:
    items = _items_of(value)
    keys = _pluck(items, attribute) if attribute else items
    order = sorted(range(len(items)), key=lambda i: _order(keys[i]), reverse=reverse)
    return [items[i] for i in order]


def _unique(value: Any) -> list[Any]:
    seen: dict[str, Any] = {}
    for item in _items_of(value):
        seen.setdefault(json.dumps(item, sort_keys=True), item)
    return list(seen.values())


def _round(value: Any, precision: int = 0) -> float:
    return round(float(value or 0), max(0, min(int(precision), 10)))


def _number(value: Any, default: Any, make: Callable[[Any], Any]) -> Any:
    try:
        return make(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _truncate(value: Any, length: int = 255, end: str = "…") -> str:
    text = _text(value)
    return text if len(text) <= length else text[: max(0, length - len(end))] + end


_FILTERS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "capitalize": lambda value: _text(value).capitalize(),
    "count": lambda value: len(_items_of(value)),
    "d": _default,
    "default": _default,
    "dictsort": lambda value: sorted((value or {}).items(), key=lambda pair: str(pair[0]).lower()),
    "e": lambda value: escape(_text(value)),
    "escape": lambda value: escape(_text(value)),
    "first": lambda value: next(iter(_items_of(value)), None),
    "float": lambda value, default=0.0: _number(value, default, float),
    "int": lambda value, default=0: _number(value, default, int),
    "items": lambda value: list((value or {}).items()),
    "join": join,
    "last": lambda value: next(reversed(_items_of(value)), None),
    "length": lambda value: len(_items_of(value)),
    "list": _items_of,
    "lower": lambda value: _text(value).lower(),
    "map": _map,
    "max": lambda value: max(_items_of(value), default=None),
    "min": lambda value: min(_items_of(value), default=None),
    "replace": replace,
    "reverse": lambda value: value[::-1] if isinstance(value, str) else _items_of(value)[::-1],
    "round": _round,
    "sort": _sort,
    "string": _text,
    "title": lambda value: _text(value).title(),
    "tojson": lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False),
    "trim": lambda value: _text(value).strip(),
    "truncate": _truncate,
    "unique": _unique,
    "upper": lambda value: _text(value).upper(),
    "urlencode": lambda value: quote(_text(value), safe=""),
}


def _charged(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    # Taking the context keeps Jinja from running it while it compiles, where no budget is in force.
    @pass_context
    def call(_: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        budget = current()
        given = [budget.admit(each) for each in (value, *args)]
        if isinstance(value, Undefined) and name not in ("default", "d"):
            budget.warn(str(value._undefined_name) + " is unknown")
            given[0] = None
        return budget.admit(function(*given, **{key: budget.admit(each) for key, each in kwargs.items()}))

    return call


def charged_filters() -> dict[str, Callable[..., Any]]:
    """Every filter by name, each call charged to the budget in force."""
    return {name: _charged(name, function) for name, function in _FILTERS.items()}
