"""The page of all metrics. A part that fails is left out and named; the others are there all the same."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

import giftpulse
from giftpulse.ground import clock
from giftpulse.ground.counters import OWN
from giftpulse.ground.database import Database
from giftpulse.ground.site import Site
from giftpulse.metrics import record, rounds, telling, texts, writing
from giftpulse.metrics.families import gauge

log = logging.getLogger(__name__)

CACHED_FOR = 1.0
"""Seconds that an answer of the database is good for: many may scrape, and each sees the same."""

Part = Callable[..., Iterable[Metric]]
PARTS: dict[str, Part] = {
    "rounds": rounds.collect,
    "record": record.collect,
    "telling": telling.collect,
    "texts": texts.collect,
    "writing": writing.collect,
}
"""What is asked from the database, each part by itself: of (session, site, now)."""

_made: WeakKeyDictionary[Database, tuple[float, bytes]] = WeakKeyDictionary()
_making = threading.Lock()


def page(site: Site) -> bytes:
    """Everything, in Prometheus's text format."""
    with _making:
        made_at, text = _made.get(site.database, (-CACHED_FOR, b""))
        if time.monotonic() - made_at >= CACHED_FOR:
            text = _installation(site)
            _made[site.database] = (time.monotonic(), text)
    return generate_latest(OWN) + text


class _Families(Collector):
    """Families that are there already, for the writer of the format."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _installation(site: Site) -> bytes:
    families, errors, seconds = [], {}, {}
    for name, part in PARTS.items():
        began = time.perf_counter()
        found = _try(site, name, part)
        errors[name], seconds[name] = found is None, time.perf_counter() - began
        families += found or []
    says = "1 if a part of the metrics could not be had, and is left out; our log says why"
    families.append(gauge("giftpulse_scrape_errors", says, [((n,), e) for n, e in errors.items()], ("part",)))
    says = "Seconds that a part of the metrics took to be asked from the database"
    families.append(gauge("giftpulse_scrape_seconds", says, [((n,), s) for n, s in seconds.items()], ("part",)))
    says = "1, with the version of GiftPulse that answers"
    families.append(gauge("giftpulse_build_info", says, [((giftpulse.__version__,), 1)], ("version",)))
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return generate_latest(registry)


def _try(site: Site, name: str, part: Part) -> list[Metric] | None:
    """The families of a part. Each has a session of its own: an error ends a transaction for all that would follow."""
    try:
        with site.database.read() as session:
            return _asked(session, site, part)
    except Exception:  # the edge between one part and the others
        log.exception("a part of the metrics could not be had", extra={"part": name})
        return None


def _asked(session: Session, site: Site, part: Part) -> list[Metric]:
    return list(part(session, site, clock.now()))
