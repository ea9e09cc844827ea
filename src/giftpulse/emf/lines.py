"""CloudWatch's embedded metric format: a line of JSON that CloudWatch Logs makes metrics of, and stores as a log line.

Its specification is public: "Specification: Embedded metric format" in the user guide of Amazon CloudWatch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

NAMESPACE = "GiftPulse"

Unit = Literal["Seconds", "Count", "None"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric: its name, what it counts in, and its value."""

    name: str
    unit: Unit
    value: float


@dataclass(frozen=True, slots=True)
class Group:
    """Metrics that are told in one line, for they share their dimensions."""

    measures: Sequence[Measure]
    dimensions: Mapping[str, str] = field(default_factory=dict)


def line(group: Group, installation: str, at: datetime) -> str:
    """The line of a group, without its end. ``installation`` is a dimension of every metric."""
    dimensions = {"Installation": installation, **group.dimensions}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": each.name, "Unit": each.unit} for each in group.measures],
    }
    document: dict[str, Any] = {
        "_aws": {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        **{each.name: each.value for each in group.measures},
    }
    return json.dumps(document, separators=(",", ":"))
