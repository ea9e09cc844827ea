"""How well texts are going: the first slice of a day, and the last minutes of a sender. Pure.

A number that cannot be reached says nothing about a sender, so errors of single people count for neither.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = timedelta(minutes=10)
"""How long the rest of a day waits for the outcomes of its first slice: some carriers never give receipts."""

WORST_SLICE = 0.25
"""Share of bad outcomes in a first slice above which the day stops."""

WORST_SENDER = 0.5
"""Share of bad outcomes of a sender above which it pauses."""

LOOK_BACK = timedelta(minutes=10)
REST = timedelta(minutes=10)
"""How long a sender rests that failed too often; then it is tried again."""

FEW = 20
"""Outcomes of a sender that are too few to judge by."""

_ENOUGH = 0.8  # share of a slice whose outcome is known


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes of some texts: ``good`` arrived, ``bad`` did not for a reason that others may share, ``open`` is not
    known."""

    good: int = 0
    bad: int = 0
    open: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """``passed`` None: not decided yet."""

    passed: bool | None
    reason: str


def judge_slice(size: int, tally: Tally, full_at: datetime | None, now: datetime) -> Verdict:
    """Whether the rest of a day may follow its first slice."""
    known = tally.good + tally.bad
    told = f"{tally.good} of the first {size} arrived, {tally.bad} failed, {tally.open + tally.sent} are open"
    if known >= FEW // 2 and tally.bad > WORST_SLICE * known:
        return Verdict(False, told)
    if full_at is None:
        return Verdict(None, told)
    if known >= _ENOUGH * size:
        return Verdict(True, told)
    if now - full_at >= PATIENCE and known + tally.sent:
        return Verdict(True, f"{told} after {PATIENCE.seconds // 60} minutes")
    return Verdict(None, told)


def judge_sender(tally: Tally) -> str | None:
    """Why a sender has to rest, or None when it is well."""
    known = tally.good + tally.bad
    if known < FEW or tally.bad <= WORST_SENDER * known:
        return None
    return f"{tally.bad} of its last {known} texts failed within {LOOK_BACK.seconds // 60} minutes"
