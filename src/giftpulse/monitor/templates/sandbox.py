"""What templates run in: Jinja2's sandbox with every attribute, call and operator of ours in its place.

``ImmutableSandboxedEnvironment`` keeps a template away from Python's insides. It does not keep it from using
up the machine, and it has had holes. So on top of it: no globals; filters, tests, methods and syntax by
allowlist; attributes only of plain data; every loop, growing operator and filter charged to a budget.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jinja2 import ChainableUndefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from giftpulse.monitor.templates.budget import MAX_ITEMS, LimitError, current
from giftpulse.monitor.templates.filters import charged_filters, concat, replace
from giftpulse.monitor.templates.syntax import DICT_METHODS, LOOP_NAMES, METHODS, STR_METHODS

_TESTS = (
    "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge", "greaterthan", "gt",
    "in", "integer", "le", "lessthan", "lower", "lt", "mapping", "ne", "none", "number", "odd", "string", "true",
    "undefined", "upper", "==", "!=", "<", "<=", ">", ">=",
)  # fmt: skip


class _Missing(ChainableUndefined):
    """What an unknown name is: empty, and noted as a warning when it is printed or looped over."""

    def _note(self) -> None:
        current().warn(f"{self._undefined_name} is unknown")

    def __str__(self) -> str:
        self._note()
        return ""

    def __html__(self) -> str:
        return str(self)

    def __iter__(self) -> Iterator[Any]:
        self._note()
        return iter(())


@pass_context
def _finalize(_: Context, value: Any) -> Any:
    """What is printed: None is empty, lists and objects are JSON."""
    value = current().admit(value)
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else value


@pass_context
def _counted(_: Context, iterable: Iterable[Any] | None, weight: int) -> Iterator[Any]:
    """The items of a loop, each charged with the size of the loop's body."""
    budget = current()
    for item in () if iterable is None else iterable:
        budget.spend(weight)
        yield item


@pass_context
def _sized(_: Context, value: Any) -> Any:
    return current().admit(value)


@pass_context
def _concat(_: Context, parts: list[Any]) -> Any:
    budget = current()
    return budget.admit(concat(budget.admit(part) for part in parts))


def _times(left: Any, right: Any) -> Any:
    for sequence, number in ((left, right), (right, left)):
        if isinstance(sequence, str | list | tuple):
            if not isinstance(number, int) or len(sequence) * number > MAX_ITEMS:
                raise LimitError("repeats a value too often")
            return sequence * number
    return left * right


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > 4096:
        raise LimitError("makes a number that is too large")
    return left**right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise LimitError("formats with %, which is not available; use {{ }} or ~")
    return left % right


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment that compiles and runs templates. ``autoescape`` for HTML."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def __init__(self, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=_Missing,
            finalize=_finalize,
            optimized=False,
            cache_size=0,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.filters = {**charged_filters(), "_counted": _counted, "_sized": _sized, "_concat": _concat}
        self.tests = {name: TESTS[name] for name in _TESTS}
        self.binop_table: dict[str, Callable[[Any, Any], Any]] = {
            **self.binop_table, "*": _times, "**": _power, "%": _modulo
        }  # fmt: skip

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on bounded values, with a bounded result."""
        budget = current()
        return budget.admit(self.binop_table[operator](budget.admit(left), budget.admit(right)))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.name``: an item of a dict before all else; of Python's attributes only the listed ones."""
        if attribute.startswith("_"):
            raise SecurityError(f"{attribute!r} is not available")
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        for kind, names in ((str, STR_METHODS), (dict, DICT_METHODS), (LoopContext, LOOP_NAMES)):
            if isinstance(obj, kind) and attribute in names:
                return getattr(obj, attribute)
        parent = f"{obj._undefined_name}." if isinstance(obj, _Missing) else ""
        return self.undefined(obj=obj, name=parent + attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``obj[name]``: items only, never an attribute."""
        if isinstance(argument, str) and argument.startswith("_"):
            raise SecurityError(f"{argument!r} is not available")
        if isinstance(obj, str | list | tuple | dict):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return self.undefined(obj=obj, name=str(argument)[:100])

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """A listed method of a text, a dict or a loop, charged like a filter."""
        budget = current()
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if not isinstance(owner, str | dict | LoopContext) or name not in METHODS:
            raise SecurityError("only methods of texts and objects can be called")
        for value in (*args, *kwargs.values()):
            budget.admit(value)
        if isinstance(owner, LoopContext):
            return __obj(*args)
        budget.admit(owner)
        return budget.admit(replace(owner, *args) if name == "replace" else __obj(*args, **kwargs))
