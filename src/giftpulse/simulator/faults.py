"""Trouble that a test can order: what goes wrong, for which requests, and how often."""

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from giftpulse.simulator.chance import chance

FaultKind = Literal[
    "too_many_requests",
    "error_before",
    "error_after",
    "drop_before",
    "drop_after",
    "latency",
    "unauthorized",
    "malformed",
    "page_limit",
    "page_same",
    "page_circle",
    "page_outside",
    "page_duplicates",
]
KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass(slots=True)
class Fault:
    """One order.

    too_many_requests   429 with code 20429, not processed; ``retry_after`` seconds as a header when given
    error_before        ``status`` (500, 503) with code 20500 or 20503, not processed
    error_after         the same, but the request was carried out
    drop_before         the connection is cut without an answer, not processed
    drop_after          the same, but the request was carried out
    latency             the answer comes ``seconds`` late
    unauthorized        a 401 out of nowhere, with code 20003
    malformed           200 with JSON that ends in the middle
    page_limit          500 for a PageSize above ``above``
    page_same           the next page is this page again
    page_circle         the second page leads back to the first
    page_outside        rows that are years older than anything that was asked for
    page_duplicates     each row of the page twice

    It strikes ``times`` requests (0: until it is called off) whose method is ``method`` (``*``: any) and whose path
    matches the regular expression ``path`` anywhere, after letting ``after`` of them pass; each only with ``chance``.
    """

    kind: FaultKind
    times: int = 1
    method: str = "*"
    path: str = ""
    after: int = 0
    chance: float = 1.0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 1.0
    above: int = 100
    struck: int = 0
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: {self.kind!r} is none of {', '.join(KINDS)}")
        self._pattern = re.compile(self.path)

    def meets(self, method: str, path: str) -> bool:
        """True when this is a request that the order is about."""
        return self.method in ("*", method) and self._pattern.search(path) is not None

    @property
    def spent(self) -> bool:
        """True when it has struck as often as was ordered."""
        return self.times > 0 and self.struck >= self.times


class Faults:
    """The orders that stand, oldest first."""

    def __init__(self, seed: int) -> None:
        self._rng = chance(seed, "faults")
        self.orders: list[Fault] = []
        self.struck: list[str] = []

    def order(self, fault: Fault) -> None:
        """From the next request on."""
        self.orders.append(fault)

    def clear(self) -> None:
        """Call everything off."""
        self.orders.clear()

    def strike(self, method: str, path: str, page: int, page_size: int) -> list[Fault]:
        """What goes wrong with this request: any number of delays, and at most one other thing."""
        hits: list[Fault] = []
        for fault in self.orders:
            if not fault.meets(method, path) or not _applies(fault, page, page_size):
                continue
            if fault.kind != "latency" and any(hit.kind != "latency" for hit in hits):
                continue
            if fault.after > 0:
                fault.after -= 1
            elif self._rng.random() < fault.chance:
                fault.struck += 1
                hits.append(fault)
        self.orders = [fault for fault in self.orders if not fault.spent]
        self.struck.extend(hit.kind for hit in hits)
        return hits


def _applies(fault: Fault, page: int, page_size: int) -> bool:
    if fault.kind == "page_limit":
        return page_size > fault.above
    return page > 0 if fault.kind == "page_circle" else True
