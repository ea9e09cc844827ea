"""What people text to the program, and when: first one of each, then as the dice decide. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Who = Literal["stranger", "anybody", "waiting", "served"]
"""``stranger``: somebody new. ``waiting``: somebody whose text of the day is still to come. ``served``: who has it."""

EVERY = 1.5
"""Seconds between two texts, once the first of each have come."""

DANGER = "I don't want to live anymore"


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody texts us. ``at``: seconds after the beginning. ``means_stop``: they must not get a text after it."""

    at: float
    who: Who
    body: str
    means_stop: bool = False


_FIRST = (
    Act(2.0, "stranger", "DAILY"),
    Act(3.5, "served", "Thank you, I needed that today"),
    Act(5.0, "waiting", "please stop texting me", means_stop=True),
    Act(6.5, "stranger", "Daily"),
    Act(8.0, "anybody", "9am"),
    Act(10.0, "anybody", "HELP"),
    Act(11.5, "stranger", "daily please"),
    Act(13.0, "waiting", "STOP", means_stop=True),
    Act(14.5, "anybody", "pause 3 days"),
    Act(16.0, "served", DANGER),
    Act(18.0, "anybody", "my name is Ana"),
)
_ACTS: tuple[tuple[int, Who, str, bool], ...] = (
    (40, "stranger", "DAILY", False),
    (10, "served", "Thank you!", False),
    (8, "served", "❤️", False),
    (5, "served", "who writes these?", False),
    (4, "served", "lovely, sent it to my sister", False),
    (5, "anybody", "9am", False),
    (4, "anybody", "14:30", False),
    (4, "anybody", "HELP", False),
    (4, "anybody", "pause", False),
    (3, "anybody", "my name is Leo", False),
    (4, "waiting", "STOP", True),
    (3, "waiting", "please stop texting me", True),
    (2, "served", "No more texts, thanks", True),
    (1, "waiting", "arrêtez de m'écrire", True),
    (1, "served", DANGER, False),
)


def acts(dice: random.Random) -> Iterator[Act]:
    """All acts in their order, without end."""
    yield from _FIRST
    at = _FIRST[-1].at
    weights = [act[0] for act in _ACTS]
    while True:
        at += EVERY * dice.uniform(0.5, 1.5)
        [(_, who, body, means_stop)] = dice.choices(_ACTS, weights)
        yield Act(at, who, body, means_stop)
