"""What the webhook doors count, for ``GET /metrics``.

The hottest path of all: a plain number is added to, and made into a metric only when somebody asks, at a tenth of what
counting with the library costs.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from giftpulse.ground.counters import FAST, OWN


class DoorCounts(Collector):
    """Webhooks of this process. Counted on one thread, the event loop's; read on any."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._answers: Counter[tuple[str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def answered(self, door: str, status: int, seconds: float) -> None:
        """A webhook was answered. ``door``: one of our paths."""
        self._answers[door, status] += 1
        if door not in self._buckets:
            self._buckets[door], self._seconds[door] = [0] * (len(FAST) + 1), 0.0
        self._buckets[door][bisect_left(FAST, seconds)] += 1
        self._seconds[door] += seconds

    def collect(self) -> Iterator[Metric]:
        """The library's form of all this."""
        answers = CounterMetricFamily(
            "giftpulse_webhooks",
            "Webhooks at our doors, by door and HTTP status; 403 is a signature that is missing or wrong",
            labels=("door", "status"),
        )
        for (door, status), number in tuple(self._answers.items()):
            answers.add_metric((door, str(status)), number)
        yield answers
        took = HistogramMetricFamily(
            "giftpulse_webhook_duration_seconds",
            "Seconds from a webhook to its answer, which is given after the commit",
            labels=("door",),
        )
        for door, buckets in tuple(self._buckets.items()):
            sums = list(accumulate(buckets))
            bounds = [*(str(bound) for bound in FAST), "+Inf"]
            took.add_metric((door,), list(zip(bounds, sums, strict=True)), self._seconds[door])
        yield took
        yield GaugeMetricFamily(
            "giftpulse_webhooks_in_flight", "Webhooks that are being stored and not answered yet", self.in_flight
        )


WEBHOOKS = DoorCounts()
"""Those of this process."""

OWN.register(WEBHOOKS)
