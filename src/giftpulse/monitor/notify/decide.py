"""Whether an alert is worth telling now. Pure; every answer has its reason, which is stored.

The order is that of Alertmanager's pipeline: silence, then what was told already, then the cooldown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True)
class Facts:
    """What the decision rests on. ``told_at``: when this alert was told as firing; ``group_told_at``: when its rule
    and group were last, by whichever alert."""

    rule_id: int
    severity: str
    group: Mapping[str, str | None]
    resolved: bool
    acknowledged: bool
    told_at: datetime | None
    group_told_at: datetime | None
    cooldown: timedelta


@dataclass(frozen=True)
class Quiet:
    """A silence as the decision sees it."""

    id: int
    rule_id: int | None
    severity: str | None
    group: Mapping[str, str | None]
    starts_at: datetime
    ends_at: datetime

    def covers(self, facts: Facts, now: datetime) -> bool:
        """Whether it holds for this alert at this instant."""
        return (
            self.starts_at <= now < self.ends_at
            and self.rule_id in (None, facts.rule_id)
            and self.severity in (None, facts.severity)
            and all(name in facts.group and facts.group[name] == value for name, value in self.group.items())
        )


@dataclass(frozen=True)
class Decision:
    """``tell``: what to tell now. ``again_at``: when to decide anew. Neither: there is nothing more to tell."""

    why: str
    tell: Literal["firing", "resolved"] | None = None
    again_at: datetime | None = None


def decide(facts: Facts, silences: Sequence[Quiet], now: datetime) -> Decision:
    """What to do about an alert that was just opened or resolved, or whose waiting time is over."""
    if facts.resolved:
        if facts.told_at is None:
            return Decision("resolved before anybody was told of it")
        # Whoever heard of the fire hears of its end, in a silence and in the cooldown too.
        return Decision("resolved", tell="resolved")
    if facts.told_at is not None:
        return Decision("told already")
    if facts.acknowledged:
        return Decision("acknowledged before anybody was told of it")
    covering = [silence for silence in silences if silence.covers(facts, now)]
    if covering:
        last = max(covering, key=lambda silence: silence.ends_at)
        return Decision(f"silence {last.id} until {last.ends_at.isoformat()}", again_at=last.ends_at)
    if facts.group_told_at is not None and now < facts.group_told_at + facts.cooldown:
        until = facts.group_told_at + facts.cooldown
        return Decision(f"cooldown until {until.isoformat()}", again_at=until)
    return Decision("firing", tell="firing")
