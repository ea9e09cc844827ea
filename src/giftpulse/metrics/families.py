"""Families of metrics, in few words."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

Rows = Iterable[tuple[Sequence[str], float | None]]
"""Values of the labels, and the value; None: it is not known, and left out."""


def gauge(name: str, says: str, rows: Rows, labels: Sequence[str] = ()) -> GaugeMetricFamily:
    """Something that goes up and down."""
    family = GaugeMetricFamily(name, says, labels=labels)
    _fill(family, rows)
    return family


def counter(name: str, says: str, rows: Rows, labels: Sequence[str] = ()) -> CounterMetricFamily:
    """Something that only grows; ``_total`` is added to the name."""
    family = CounterMetricFamily(name, says, labels=labels)
    _fill(family, rows)
    return family


def _fill(family: GaugeMetricFamily | CounterMetricFamily, rows: Rows) -> None:
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)


def one(value: float | None) -> Rows:
    """The only row of a family without labels."""
    return [((), value)]


def age(now: datetime, since: datetime | None) -> float:
    """Seconds since then; 0 where there is nothing."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def timestamp(at: datetime | None) -> float | None:
    """Seconds since 1970."""
    return at.timestamp() if at else None
