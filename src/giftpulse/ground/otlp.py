"""Spans by OpenTelemetry's SDK, sent by OTLP over HTTP. The only file that knows it; ``traces.py`` loads it if wanted.

Spans wait in a queue that is bounded, and a thread of the SDK's sends them in batches: a collector that is slow or away
costs spans, and nothing else. We have a provider of our own, and none for the whole process: libraries that look for
one (FastAPI is one) would put paths and queries into spans as they came.
"""

import logging
import threading
import time
from importlib.metadata import version
from types import TracebackType
from typing import Self

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from giftpulse.ground.settings import Settings
from giftpulse.ground.traces import Attributes, Headers, Kind, Span, Spans

log = logging.getLogger(__name__)

FLUSHED_WITHIN = 2.0
"""Seconds that the end of a process waits for the collector."""

SELDOM = 600.0
"""Seconds until the SDK may say the same to our log again."""

_KINDS: dict[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
}


_FROM_OUTSIDE = TraceContextTextMapPropagator()
_SDK = logging.getLogger("opentelemetry")


class Otlp(Spans):
    """The spans of this process, on their way to the collector of the settings."""

    def __init__(self, settings: Settings) -> None:
        _SDK.handlers[:], _SDK.propagate = [_Seldom()], False
        us = {SERVICE_NAME: settings.otel_service_name, SERVICE_VERSION: version("giftpulse")}
        self._provider = TracerProvider(resource=Resource.create(us), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_exporter(settings)))
        self._tracer = self._provider.get_tracer("giftpulse", version("giftpulse"))

    def span(self, name: str, kind: Kind, attributes: Attributes | None, headers: Headers) -> Span:
        """A span; it goes on from the one that the headers name, or from the one around it."""
        parent = next((value.decode("latin-1") for key, value in headers if key == b"traceparent"), None)
        around = _FROM_OUTSIDE.extract({"traceparent": parent}) if parent else None
        return _Recorded(self._tracer.start_span(name, around, _KINDS[kind], attributes))

    def trace_id(self) -> str | None:
        """As it is written everywhere: 32 hexadecimal digits."""
        here = trace.get_current_span().get_span_context()
        return trace.format_trace_id(here.trace_id) if here.is_valid else None

    def close(self) -> None:
        """Hand over what is left. The SDK would wait for half a minute, and a minute more."""
        last = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        last.start()
        last.join(FLUSHED_WITHIN)
        if last.is_alive():
            log.warning("the last spans were given up: the collector did not take them in time")


def refusal(settings: Settings) -> str | None:
    """Hand over no span at all, and hear what is said to that. None if it is taken."""
    heard = _Heard()
    _SDK.handlers[:], _SDK.propagate = [heard], False
    taken = _exporter(settings).export(())
    return None if taken is SpanExportResult.SUCCESS else heard.first


def _exporter(settings: Settings) -> OTLPSpanExporter:
    """Who speaks to the collector. What we do not say (certificates, compression, timeout) it reads from the
    environment by itself."""
    return OTLPSpanExporter(f"{settings.otel_exporter_otlp_endpoint}/v1/traces", headers=settings.otlp_headers())


class _Recorded(Span):
    """A span of the SDK's, and the one that is current while its block runs."""

    __slots__ = ("_before", "_span")

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def __enter__(self) -> Self:
        self._before = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.failed(error)
        self._span.end()
        context.detach(self._before)

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def failed(self, error: BaseException) -> None:
        self._fails(type(error).__name__)

    def served(self, method: str, route: str | None, status: int) -> None:
        self._span.update_name(f"{method} {route}" if route else method)
        self.note({"http.request.method": method, "http.response.status_code": status})
        if route:
            self.note({"http.route": route})
        if status >= 500:
            self._fails(str(status))

    def answered(self, status: int) -> None:
        self.note({"http.response.status_code": status})
        if status >= 400:
            self._fails(str(status))

    def _fails(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


class _Seldom(logging.Handler):
    """Passes on to our log what the SDK says, each thing once in ten minutes: of a collector that is away it speaks
    with every batch."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on, unless the same was said a moment ago."""
        now = time.monotonic()
        if now - self._said.get(record.msg, -SELDOM) >= SELDOM:
            self._said[record.msg] = now
            log.handle(record)


class _Heard(logging.Handler):
    """Keeps what the SDK says first, which has the reason in it."""

    first = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.first = self.first or record.getMessage()
