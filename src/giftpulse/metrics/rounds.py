"""Rounds: how often they run, fail, how long they take, how late they are, and whether they keep up."""

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily, Metric
from sqlalchemy.orm import Session

from giftpulse.ground import runs
from giftpulse.ground.runs import BOUNDS, RoundRun
from giftpulse.ground.site import Site
from giftpulse.metrics.families import age, counter, gauge, timestamp
from giftpulse.timetable import ROUNDS

_BY = ("round",)


def collect(session: Session, site: Site, now: datetime) -> Iterator[Metric]:
    """One query."""
    known = runs.all_runs(session)
    yield counter(
        "giftpulse_round_runs", "Runs of a round, over all processes", [((n,), r.runs) for n, r in known.items()], _BY
    )
    yield counter(
        "giftpulse_round_failures",
        "Runs of a round that failed, over all processes",
        [((n,), r.failed) for n, r in known.items()],
        _BY,
    )
    yield _durations(known)
    yield gauge(
        "giftpulse_round_consecutive_failures",
        "Runs of a round that failed since the last one that did not",
        [((n,), r.failures) for n, r in known.items()],
        _BY,
    )
    yield gauge(
        "giftpulse_round_last_run_timestamp_seconds",
        "When a round ran last, or, of one that stays, was last known to be alive; kept to half a minute",
        [((n,), timestamp(r.last_run_at)) for n, r in known.items()],
        _BY,
    )
    yield gauge(
        "giftpulse_round_last_success_timestamp_seconds",
        "When a round last ran without an error",
        [((n,), timestamp(r.last_success_at)) for n, r in known.items()],
        _BY,
    )
    yield gauge(
        "giftpulse_round_lag_seconds",
        "Seconds since a round ran last",
        [((n,), age(now, r.last_run_at)) for n, r in known.items()],
        _BY,
    )
    yield gauge(
        "giftpulse_round_interval_seconds",
        "Seconds after which a round runs again, if nothing wakes it earlier",
        [((each.name,), each.every(site.settings).total_seconds()) for each in ROUNDS],
        _BY,
    )
    yield gauge(
        "giftpulse_round_more_waiting",
        "1 if the last run that was written down left work that waits: the round is saturated",
        [((n,), r.more) for n, r in known.items()],
        _BY,
    )


def _durations(known: dict[str, RoundRun]) -> HistogramMetricFamily:
    says = "Seconds that runs of a round took, over all processes"
    family = HistogramMetricFamily("giftpulse_round_duration_seconds", says, labels=_BY)
    names = [*map(str, BOUNDS), "+Inf"]
    for name, run in known.items():
        buckets = list(zip(names, accumulate(runs.durations_of(run)), strict=True))
        family.add_metric((name,), buckets, run.seconds)
    return family
