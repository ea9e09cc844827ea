"""What reached the other side: mails, webhooks and the troubles of our own log. Written by many threads."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

from giftpulse.demo.program.scenes import Scene

_KEPT = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that our SMTP server took in."""

    at: datetime
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that our receiver took in. ``fault``: why its signature is not good; empty when it is."""

    at: datetime
    kind: str
    notice_id: str
    summary: str
    fault: str

    @property
    def is_genuine(self) -> bool:
        """True when the signature was checked and is right."""
        return not self.fault


@dataclass(frozen=True, slots=True)
class Trouble:
    """A warning or an error in our own log."""

    at: datetime
    text: str


Thing = Mail | Hook | Trouble | Scene


class Caught:
    """The newest things, and how many there ever were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._things: deque[tuple[int, Thing]] = deque(maxlen=_KEPT)
        self._number = 0
        self._counts: Counter[str] = Counter()

    def add(self, thing: Thing) -> None:
        """Take note of one thing."""
        with self._lock:
            self._number += 1
            self._things.append((self._number, thing))
            self._counts[_name(thing)] += 1

    def since(self, number: int) -> tuple[int, list[Thing]]:
        """What came after that number, oldest first, and the number to ask with next time. Begin with 0."""
        with self._lock:
            return self._number, [thing for at, thing in self._things if at > number]

    def counts(self) -> Counter[str]:
        """How many: ``mails``, ``webhooks`` (signature right), ``forged`` (not so), ``troubles``, ``scenes``."""
        with self._lock:
            return Counter(self._counts)


def _name(thing: Thing) -> str:
    if isinstance(thing, Hook):
        return "webhooks" if thing.is_genuine else "forged"
    if isinstance(thing, Scene):
        return "scenes"
    return "mails" if isinstance(thing, Mail) else "troubles"
