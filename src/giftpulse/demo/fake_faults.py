"""What can go wrong with the fake OpenAI, and what was ordered to."""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

FAULTS = (
    "down", "slow", "reset", "limited", "bad_key", "refusing", "flagged", "junk", "half", "empty",
    "repeat", "link", "long", "emoji", "wrong_language",
)  # fmt: skip
"""All faults. ``half`` is JSON that breaks off, ``flagged`` a text that moderation does not like, ``repeat`` the last
text once more."""


@dataclass
class Orders:
    """What is to go wrong: ``faults`` with the next requests for a text, one each; ``always`` with every other.

    ``rate``: the share of those others that fail by chance. ``moderates``: whether there is a moderation at all.
    """

    faults: deque[str] = field(default_factory=deque)
    always: str | None = None
    rate: float = 0.0
    retry_after: float = 1.0
    slow_seconds: float = 60.0
    moderates: bool = True

    def next(self, chance: random.Random) -> str | None:
        """The fault of one request, or None."""
        if self.faults:
            return self.faults.popleft()
        if self.always is None and chance.random() < self.rate:
            return chance.choice(FAULTS)
        return self.always

    def take(self, said: Any) -> None:
        """Orders as JSON: what is not named stays. Raises ``ValueError`` for what is no order, and changes nothing."""
        unknown = set(said) - {"faults", "always", "rate", "moderates"} if isinstance(said, dict) else {"this"}
        if unknown:
            raise ValueError(f"expected faults, always, rate or moderates, not {', '.join(map(str, unknown))}")
        faults, always = list(said.get("faults", self.faults)), said.get("always", self.always)
        if wrong := {fault for fault in (*faults, always) if fault is not None} - set(FAULTS):
            raise ValueError(f"expected faults out of {', '.join(FAULTS)}, not {', '.join(map(str, wrong))}")
        self.rate = float(said.get("rate", self.rate))
        self.faults, self.always = deque(faults), always
        self.moderates = bool(said.get("moderates", self.moderates))
