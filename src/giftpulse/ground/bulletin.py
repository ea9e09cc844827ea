"""Announcements inside a process: "there is work". They carry no data and may be lost; rounds also run by the clock.

herald.py carries them to other processes, where there are some.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable


class Bulletin:
    """Topics and who listens to them. Listeners must be quick and must not raise (they set an event)."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], object]]] = {}
        self._relays: list[Callable[[str], object]] = []
        self._lock = threading.Lock()

    def listen(self, topic: str, listener: Callable[[], object]) -> Callable[[], None]:
        """Call ``listener`` at each announcement of ``topic``. Answers the function that ends it."""
        with self._lock:
            self._listeners.setdefault(topic, []).append(listener)

        def leave() -> None:
            with self._lock:
                self._listeners[topic].remove(listener)

        return leave

    def post(self, topic: str) -> None:
        """Announce now. Inside a transaction use ``database.announce``, which waits for the commit."""
        self.hear(topic)
        for relay in tuple(self._relays):
            relay(topic)

    def hear(self, topic: str) -> None:
        """What another process announced: our listeners hear it, and it is not carried on."""
        with self._lock:
            listeners = tuple(self._listeners.get(topic, ()))
        for listener in listeners:
            listener()

    def relay(self, carry: Callable[[str], object]) -> Callable[[], None]:
        """Call ``carry`` with each topic that is announced here. Answers the function that ends it."""
        self._relays.append(carry)
        return lambda: self._relays.remove(carry)

    def post_all(self, topics: Iterable[str]) -> None:
        """Announce several topics."""
        for topic in topics:
            self.post(topic)


def waking(loop: asyncio.AbstractEventLoop, wake: Callable[[], object]) -> Callable[[], None]:
    """A listener that calls ``wake`` in an event loop, from whatever thread announces. One that is told while its loop
    ends was called by somebody who had not heard of that yet, and who must not fail for it."""

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:
            if not loop.is_closed():
                raise

    return tell
