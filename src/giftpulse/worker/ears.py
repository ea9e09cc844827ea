"""The ears of a worker: what any process announces becomes a message for the rounds that wake on it, at once."""

import threading
import time

from celery.exceptions import OperationalError
from redis.exceptions import RedisError

from giftpulse.ground.herald import Listener
from giftpulse.ground.outage import Outage
from giftpulse.timetable import ROUNDS, Round
from giftpulse.worker.publish import Publisher

_UNREACHED = (RedisError, OperationalError)


class Ears:
    """Runs in the main process of each worker. Who is first publishes; the others find that a message waits."""

    def __init__(self, url: str, publisher: Publisher, timetable: tuple[Round, ...] = ROUNDS) -> None:
        self._publisher = publisher
        self._wakes: dict[str, list[Round]] = {}
        for each in timetable:
            for topic in each.wakes_on:
                self._wakes.setdefault(topic, []).append(each)
        self._due: dict[str, tuple[float, Round]] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._listener = Listener(url, self.hear)
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._listener.start()
        self._thread.start()

    def stop(self) -> None:
        """End; what was heard and not passed on waits for the next tick."""
        self._listener.stop()
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(5)

    def hear(self, _by: str, topic: str) -> None:
        """A topic was announced: its rounds are due, after the moment that each gathers."""
        with self._changed:
            for each in self._wakes.get(topic, ()):
                self._due.setdefault(each.name, (time.monotonic() + each.gathers, each))
            self._changed.notify()

    def _run(self) -> None:
        outage = Outage("Redis", "rounds wait for their tick")
        while (ripe := self._ripe()) is not None:
            try:
                for each in ripe:
                    self._publisher.publish(each)
                outage.is_over()
            except _UNREACHED as error:
                outage.goes_on(error)

    def _ripe(self) -> list[Round] | None:
        """Wait for the rounds that are due now; None at the end."""
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                ripe = [each for at, each in self._due.values() if at <= now]
                if ripe:
                    for each in ripe:
                        del self._due[each.name]
                    return ripe
                self._changed.wait(min((at for at, _ in self._due.values()), default=now + 60.0) - now)
        return None
