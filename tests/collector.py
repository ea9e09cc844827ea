"""A collector of traces on loopback: it reads what comes by OTLP over HTTP, as every collector does."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.receivers import Received, Receiver, receiving


@dataclass(frozen=True)
class Told:
    """A span as it came. ``service``: who sent it."""

    name: str
    kind: str
    attributes: dict[str, str | int | bool]
    trace: str
    id: str
    parent: str
    failed: bool
    service: str


class Collector:
    """What was told to a collector that runs."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.endpoint = receiver.url.removesuffix("/hook")

    @property
    def requests(self) -> list[Received]:
        """Everything that came, as it came."""
        return list(self.receiver.requests)

    @property
    def spans(self) -> list[Told]:
        """All spans, in the order in which they ended."""
        return [span for request in self.requests for span in _read(request.body)]

    def named(self, name: str) -> list[Told]:
        """Those with a name."""
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> Told:
        """The only one with a name."""
        (span,) = self.named(name)
        return span


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector while the block runs."""
    with receiving() as receiver:
        yield Collector(receiver)


def _read(body: bytes) -> Iterator[Told]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = str(_plain(resource.resource.attributes)["service.name"])
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert not span.events  # where the SDK would put the words of errors
                assert span.status.message == span.trace_state == ""
                yield _told(span, service)


def _told(span: Span, service: str) -> Told:
    kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower()
    failed = span.status.code == Status.STATUS_CODE_ERROR
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return Told(span.name, kind, _plain(span.attributes), *ids, failed, service)


def _plain(attributes: Iterable[KeyValue]) -> dict[str, str | int | bool]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes}
