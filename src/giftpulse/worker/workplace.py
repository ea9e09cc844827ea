"""What a process of a worker has at hand: one site, opened after the fork and closed at its end; and how to leave."""

import os
import threading
from multiprocessing.sharedctypes import RawValue

from giftpulse.ground import lock, traces
from giftpulse.ground.herald import Herald, connect
from giftpulse.ground.presence import Presence
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site, open_site
from giftpulse.ground.turn_over import TurnOver
from giftpulse.steps import Steps
from giftpulse.worker.marks import Marks
from giftpulse.worker.needs import redis_of
from giftpulse.worker.publish import Publisher, Send

_CONNECTIONS = 8
"""Connections to the database that one round may use at a time: the sending round claims, records and looks at once."""

_LOOKS_EVERY = 0.1  # seconds until a round that stays sees that the worker is told to end

_leaving = RawValue("b", 0)
"""Set by the main process when it is told to end, seen by those that it forked: without a lock, for it is set in a
signal handler."""


class Workplace:
    """A site with what rounds need around it."""

    def __init__(self, settings: Settings, at_once: int, send: Send) -> None:
        url = redis_of(settings)
        pool = min(settings.database_pool_size, _CONNECTIONS) if at_once == 1 else settings.database_pool_size
        self.pid = os.getpid()
        self.site: Site = open_site(settings.model_copy(update={"database_pool_size": pool}))
        self.steps = Steps(self.site)
        self._client = connect(url)
        self.marks = Marks(self._client)
        self.publisher = Publisher(settings, self._client, send)
        self.herald = Herald(url, self.site.bulletin, self.site.holder)
        self.herald.start()
        self._presence = Presence(self.site, "worker")
        self._presence.start()
        traces.start(settings)

    def close(self) -> None:
        """Give back what this process holds."""
        self._presence.stop()
        self.steps.close()
        # Whoever starts next need not wait for leases of ours to run out.
        with self.site.database.begin() as session:
            lock.release_all(session, self.site.holder)
        self.herald.stop()
        self._client.close()
        self.site.close()
        traces.stop()


def leave() -> None:
    """The worker is told to end: rounds that stay end after their step."""
    _leaving.value = 1


def is_leaving() -> bool:
    """Whether the worker is told to end."""
    return bool(_leaving.value)


class Turn:
    """An event that is set after so many seconds, or as soon as the worker is told to end."""

    def __init__(self, seconds: float) -> None:
        self.over = TurnOver(is_leaving)
        self._done = threading.Event()
        self._looks = round(seconds / _LOOKS_EVERY)
        self._thread = threading.Thread(target=self._watch, name="turn", daemon=True)

    def __enter__(self) -> threading.Event:
        self._thread.start()
        return self.over

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        for _ in range(self._looks):
            if is_leaving() or self._done.wait(_LOOKS_EVERY):
                break
        self.over.set()
