"""What this process counts about itself, for ``GET /metrics``: requests, webhooks, requests to Twilio.

Each process counts for itself and from zero, as Prometheus expects. What must be true for all processes is asked from
the database instead (``metrics/``). Labels have few values: no number, no id, no path as somebody wrote it.
"""

from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

OWN = CollectorRegistry()
"""Everything below, and what the operating system knows of the process."""

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the classes of duration of requests, in seconds."""

# In the text format each would be a gauge of its own, that nobody asked for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives this function no types
ProcessCollector(registry=OWN)

HTTP_REQUESTS = Counter(
    "giftpulse_http_requests",
    "Requests to the API, by method, route template and HTTP status; route none: there is no such route",
    ("method", "route", "status"),
    registry=OWN,
)
HTTP_SECONDS = Histogram(
    "giftpulse_http_request_duration_seconds",
    "Seconds that requests to the API took, by method and route template",
    ("method", "route"),
    buckets=FAST,
    registry=OWN,
)
TWILIO_REQUESTS = Counter(
    "giftpulse_twilio_requests",
    "Requests to Twilio, by method and outcome: ok, refused (4xx), too_many (429), error (5xx), unreachable, "
    "no_answer (lost on the way back, too slow, or given up by us)",
    ("method", "outcome"),
    registry=OWN,
)
TWILIO_IN_FLIGHT = Gauge("giftpulse_twilio_requests_in_flight", "Requests to Twilio that are under way", registry=OWN)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


# To find a series by its labels costs several times what counting does.
_twilio_requests = cache(TWILIO_REQUESTS.labels)


def method_of(method: str) -> str:
    """An HTTP method, or ``other`` for what is none."""
    return method if method in _METHODS else "other"


def request_served(method: str, route: str | None, status: int, seconds: float) -> None:
    """A request to the API was answered. ``route``: its template, such as ``/api/rules/{rule_id}``."""
    method, route = method_of(method), route or "none"
    HTTP_REQUESTS.labels(method, route, status).inc()
    HTTP_SECONDS.labels(method, route).observe(seconds)


def twilio_answered(method: str, outcome: str) -> None:
    """A request to Twilio has come to an end."""
    _twilio_requests(method, outcome).inc()


def outcome_of(status: int) -> str:
    """What an HTTP status of Twilio's is counted as."""
    if status < 300:
        return "ok"
    if status == 429:
        return "too_many"
    return "error" if status >= 500 else "refused"
