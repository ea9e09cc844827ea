"""Traces for a collector of OpenTelemetry: what took how long, and what belonged to what. Nothing until ``start``.

Whoever does something that is worth a span says so here. What becomes of that is in ``otlp.py``, the only file that
knows OpenTelemetry; it is loaded where OTEL_EXPORTER_OTLP_ENDPOINT is set. Names and attributes are words of our own (a
round, the template of a route, a status): no number, text, token or address goes into a span.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType, TracebackType
from typing import Literal, Protocol, Self

from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import Settings

Kind = Literal["internal", "server", "client"]
Attributes = Mapping[str, str | int | bool]
Headers = Iterable[tuple[bytes, bytes]]


class Span:
    """What is done while a ``with`` block runs; an error that leaves the block is noted by its kind. This one does
    nothing: it stands for all spans while nobody collects them."""

    __slots__ = ()

    def __enter__(self) -> Self:
        """It begins."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """It ends."""

    def note(self, attributes: Attributes) -> None:
        """Something that is known only now."""

    def failed(self, error: BaseException) -> None:
        """It went wrong. Only the kind of the error is kept: its words may hold anything."""

    def served(self, method: str, route: str | None, status: int) -> None:
        """We answered a request with this HTTP status; from 500 on it is our failure."""

    def answered(self, status: int) -> None:
        """Somebody answered us with this HTTP status; from 400 on it failed."""


class Spans(Protocol):
    """Who makes spans of what we do, and hands them to the collector."""

    def span(self, name: str, kind: Kind, attributes: Attributes | None, headers: Headers) -> Span:
        """A span, not begun yet."""
        ...

    def trace_id(self) -> str | None:
        """Of the span that is current here."""
        ...

    def close(self) -> None:
        """Hand over what is left, within a short time."""
        ...


_NOTHING = Span()
_spans: Spans | None = None


def span(name: str, kind: Kind = "internal", attributes: Attributes | None = None, headers: Headers = ()) -> Span:
    """A span, for a ``with`` block; part of the one around it. ``headers``: those of a request, which may name a span
    of its sender to go on from (``traceparent``)."""
    return _NOTHING if _spans is None else _spans.span(name, kind, attributes, headers)


def trace_id() -> str | None:
    """The trace that this thread or task is in, so that a line of the log can name it."""
    return None if _spans is None else _spans.trace_id()


def check(settings: Settings) -> None:
    """Raises SettingsError where traces are wanted and cannot be had."""
    if settings.otel_exporter_otlp_endpoint:
        _otlp()


def refusal(settings: Settings) -> str | None:
    """Why the collector takes nothing from us, None if it would. Raises SettingsError."""
    said: str | None = _otlp().refusal(settings)
    return said


def start(settings: Settings) -> None:
    """Collect spans from now on, in this process, if the settings name a collector: after a fork, never before one, for
    it takes a thread. Raises SettingsError."""
    global _spans
    if settings.otel_exporter_otlp_endpoint and _spans is None:
        _spans = _otlp().Otlp(settings)


def stop() -> None:
    """No more of them; what is left is handed over, if the collector takes it in time."""
    global _spans
    if _spans is not None:
        spans, _spans = _spans, None
        spans.close()


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Spans are collected while the block runs. Raises SettingsError."""
    start(settings)
    try:
        yield
    finally:
        stop()


def _otlp() -> ModuleType:
    try:
        return import_module("giftpulse.ground.otlp")
    except ModuleNotFoundError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: traces need packages that are not installed here: "
            f"pip install 'giftpulse[traces]' ({error.name} is missing), or leave it unset"
        ) from error
