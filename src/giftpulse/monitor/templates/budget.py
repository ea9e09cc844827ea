"""How much work one rendering may do. Everything in a template that repeats or grows is charged here.

Steps make the limit the same on every machine; the CPU deadline behind them holds whatever we forgot to
charge. Both are checked at each charge, and between two charges runs only straight code of one small
template on values of bounded size, so a rendering ends well within a second and some tens of megabytes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jinja2 import Undefined

MAX_STEPS = 50_000
MAX_CPU_SECONDS = 0.25
# Characters of one value, and of the whole output.
MAX_TEXT = 64 * 1024
MAX_ITEMS = 10_000
_MAX_DEPTH = 20
_MAX_BITS = 4096
_MAX_WARNINGS = 20
_CHARS_PER_STEP = 64


class LimitError(Exception):
    """The template wants more than it may have. ``str(error)`` says of what."""


class Budget:
    """What is left for one rendering (or for all leaves of one JSON structure), and its warnings."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._output = MAX_TEXT
        self._seconds = MAX_CPU_SECONDS
        self._deadline = 0.0
        self.warnings: dict[str, None] = {}

    def spend(self, steps: int) -> None:
        """Charge some work. Raises LimitError when there is nothing left."""
        self._steps -= steps
        if self._steps < 0 or time.thread_time() > self._deadline:
            raise LimitError("takes too much work")

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Charge everything in the block here. Only time spent in such blocks counts."""
        token = _current.set(self)
        self._deadline = time.thread_time() + self._seconds
        try:
            yield
        finally:
            self._seconds = self._deadline - time.thread_time()
            _current.reset(token)

    def print(self, text: str) -> str:
        """Charge a piece of output."""
        self._output -= len(text)
        if self._output < 0:
            raise LimitError(f"gives more than {MAX_TEXT} characters")
        return text

    def admit(self, value: Any) -> Any:
        """The value, if it is plain data of a bearable size; what is lazy becomes a list.

        Raises LimitError for anything else.
        """
        if isinstance(value, Undefined):
            return value
        if isinstance(value, Iterator) or type(value).__name__ in ("dict_items", "dict_keys", "dict_values"):
            value = list(islice(iter(value), MAX_ITEMS + 1))
        self.spend(1 + weigh(value) // _CHARS_PER_STEP)
        return value

    def warn(self, text: str) -> None:
        """Note something that does not stop the rendering; once each, and not without end."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings[text] = None


_current: ContextVar[Budget] = ContextVar("template budget")


def current() -> Budget:
    """The budget of the rendering that runs; LookupError if none does."""
    return _current.get()


def weigh(value: Any) -> int:
    """The size of plain data in characters, as if it were printed. Raises LimitError if it is too large, too
    deep, or no plain data. Shared parts count each time, for each time they would be printed.
    """
    total = items = 0
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        part, depth = stack.pop()
        items += 1
        if isinstance(part, str):
            total += len(part)
        elif isinstance(part, int):
            total += _number_size(part)
        elif isinstance(part, list | tuple | dict):
            total += 2 + len(part)
            items += len(part)
            if depth >= _MAX_DEPTH:
                raise LimitError("nests values too deeply")
            inner = [*part.keys(), *part.values()] if isinstance(part, dict) else part
            stack.extend((p, depth + 1) for p in islice(inner, MAX_ITEMS))
        elif part is not None and not isinstance(part, float | Undefined):
            raise LimitError(f"uses a {type(part).__name__} as a value")
        if total > MAX_TEXT or items > 2 * MAX_ITEMS:
            raise LimitError(f"makes a value of more than {MAX_TEXT} characters or {MAX_ITEMS} items")
    return total


def _number_size(number: int) -> int:
    bits = number.bit_length()
    if bits > _MAX_BITS:
        raise LimitError("makes a number that is too large")
    return 1 + bits // 3
