"""Which queue each round waits in. A worker takes from all of them, unless it is told to take from some; which ones,
it says in the database, for whoever examines the installation."""

import re
from collections import Counter
from collections.abc import Iterable

from giftpulse.ground.errors import SettingsError

_TAKER = re.compile(r"worker of ([\w, ]+)")

QUEUES: dict[str, tuple[str, ...]] = {
    "urgent": ("watch", "resolve", "notify", "confirm", "answer", "heartbeat", "emf"),
    "twilio": ("pull", "recheck", "settle", "reconcile"),
    "daily": ("generate", "plan", "send"),
    "chores": ("cleanup",),
}
"""Queues and their rounds: what somebody waits for, what waits for Twilio, the texts of the day, and the rest."""


def queue_of(name: str) -> str:
    """The queue of a round."""
    return next(queue for queue, rounds in QUEUES.items() if name in rounds)


def chosen(text: str | None) -> tuple[str, ...]:
    """The queues that an option names, with commas; all if it names none. Raises SettingsError for one that is not."""
    names = tuple(part.strip() for part in text.split(",") if part.strip()) if text else tuple(QUEUES)
    unknown = [name for name in names if name not in QUEUES]
    if unknown or not names:
        raise SettingsError(f"--queues {text}: expected some of {', '.join(QUEUES)}, with commas between")
    return names


def taker(queues: Iterable[str]) -> str:
    """What a worker that takes from these is known as (``ground/presence.py``)."""
    return f"worker of {', '.join(sorted(queues))}"


def taken_from(known: Iterable[str]) -> dict[str, int]:
    """How many workers take from each queue, among those who are known to be there."""
    takers = [found[1].split(", ") for each in known if (found := _TAKER.fullmatch(each))]
    counted = Counter(queue for queues in takers for queue in queues)
    return {queue: counted[queue] for queue in QUEUES}
