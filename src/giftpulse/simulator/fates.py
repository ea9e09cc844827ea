"""What becomes of a message: the odds, the magic numbers, and the steps on the way.

About 92 % of messages are delivered; the rest fails as messages do, with the codes that operators meet most.
"""

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

SETTLED_QUICKLY = "+15005540001"


class Fate(NamedTuple):
    """How it ends: a status, and the error code of a failure."""

    status: str
    code: int | None = None


class Step(NamedTuple):
    """So many virtual seconds after the step before, this status."""

    after: float
    status: str
    code: int | None = None


DELIVERED = Fate("delivered")
Odds = Sequence[tuple[float, Fate]]

ODDS: Odds = (
    (0.920, DELIVERED),
    (0.017, Fate("sent")),
    (0.017, Fate("undelivered", 30003)),
    (0.010, Fate("undelivered", 30005)),
    (0.007, Fate("undelivered", 30006)),
    (0.006, Fate("undelivered", 30007)),
    (0.012, Fate("undelivered", 30008)),
    (0.002, Fate("undelivered", 30004)),
    (0.002, Fate("failed", 30034)),
    (0.001, Fate("failed", 30036)),
    (0.002, Fate("undelivered", 30017)),
    (0.001, Fate("undelivered", 30022)),
    (0.003, Fate("failed", 21610)),
)

# +1500555 and an error code's five digits would be too long: +150055 and the code, as +15005530003.
_MAGIC_CODE = re.compile(r"\+150055([236]\d{4})\Z")
# Carriers report these after trying; the others never leave Twilio.
_UNDELIVERED = frozenset({30003, 30004, 30005, 30006, 30007, 30008, 30017, 30019, 30022, 30023, 30027, 30410})
_MAGIC_END = {
    "+15005540001": DELIVERED,
    "+15005540002": Fate("sent"),
    "+15005540003": Fate("queued"),
    "+15005540004": Fate("read"),
    "+15005540005": Fate("sending"),
    "+15005540006": Fate("partially_delivered"),
    "+15005540007": Fate("teleported"),
}


def magic(to: str) -> Fate | None:
    """The fate that a recipient's number orders, if it is a magic one.

    ``+150055`` and a code of five digits that begins with 2, 3 or 6 fails with that code. ``+15005540001`` is
    delivered, 40002 stays sent, 40003 queued, 40004 is read, 40005 stays sending, 40006 ends as
    partially_delivered and 40007 with a status that nobody knows.
    """
    found = _MAGIC_CODE.match(to)
    if found:
        return failure(int(found[1]))
    return _MAGIC_END.get(to)


def failure(code: int) -> Fate:
    """The end that an error code belongs to."""
    return Fate("undelivered" if code in _UNDELIVERED else "failed", code)


def drawn(rng: random.Random, odds: Odds = ODDS) -> Fate:
    """One fate by the odds."""
    point = rng.random() * sum(share for share, _ in odds)
    for share, fate in odds:
        point -= share
        if point < 0:
            return fate
    return odds[0][1]


_ORDER = ("accepted", "queued", "sending", "sent")
# Virtual seconds, the mean of each step.
_MEAN = {"queued": 0.4, "sending": 0.6, "sent": 1.0, "delivered": 4.0, "undelivered": 9.0, "failed": 1.5, "read": 30.0}


def steps(rng: random.Random, status: str, fate: Fate) -> list[Step]:
    """The way from a first status (``accepted`` or ``queued``) to a fate."""
    if fate.status == "failed":
        way = [*_ORDER[_ORDER.index(status) + 1 : 3], "failed"]
    elif fate.status in _ORDER:
        way = list(_ORDER[_ORDER.index(status) + 1 : _ORDER.index(fate.status) + 1])
    else:
        before = ["delivered"] if fate.status == "read" else []
        way = [*_ORDER[_ORDER.index(status) + 1 :], *before, fate.status]
    codes = {fate.status: fate.code}
    return [Step(_wait(rng, next_status), next_status, codes.get(next_status)) for next_status in way]


def _wait(rng: random.Random, status: str) -> float:
    return round(0.1 + min(rng.expovariate(1.0 / _MEAN.get(status, 4.0)), 120.0), 3)
