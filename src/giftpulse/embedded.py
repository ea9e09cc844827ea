"""All rounds as threads of one process: the form of the service that needs no other server."""

import logging
import threading
import time

from giftpulse.ground import lock, ticking
from giftpulse.ground.site import Site
from giftpulse.steps import Steps
from giftpulse.timetable import ROUNDS, Round, Serve

log = logging.getLogger(__name__)

STOPPED_WITHIN = 8.0
"""Seconds that rounds have to come to an end. What is cut off then is owed still, and done after the next start."""

_AFTER_ERROR = (1.0, 60.0)  # seconds to wait after a first failure, and at most


class Embedded:
    """Runs the timetable. ``start``, then ``stop``; not again."""

    def __init__(self, site: Site, timetable: tuple[Round, ...] = ROUNDS) -> None:
        self._site = site
        self._stop = threading.Event()
        self._steps = Steps(site)
        self._wakers: list[threading.Event] = []
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=each.name, daemon=True) for each in timetable
        ]

    def start(self) -> None:
        """Begin all rounds."""
        with self._site.database.begin() as session:
            ticking.forget(session)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all rounds after the step they are in."""
        self._stop.set()
        for waker in tuple(self._wakers):
            waker.set()
        deadline = time.monotonic() + STOPPED_WITHIN
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                log.warning("a round did not end in time", extra={"round": thread.name})
        self._steps.close()
        # Whoever starts next need not wait for leases of ours to run out. What was cut off will find its lease lost.
        with self._site.database.begin() as session:
            lock.release_all(session, self._site.holder)

    def _run(self, each: Round) -> None:
        if each.serve is None:
            self._repeat(each)
        else:
            self._serve(each, each.serve)

    def _repeat(self, each: Round) -> None:
        woken = threading.Event()
        self._wakers.append(woken)
        leave = [self._site.bulletin.listen(topic, woken.set) for topic in each.wakes_on]
        interval = each.every(self._site.settings).total_seconds()
        failures = 0
        while True:
            woken.clear()
            if self._stop.is_set():  # asked after the bell was reset, or a stop in between would go unheard
                break
            more, error = self._steps.once(each)
            failures = failures + 1 if error else 0
            if error:
                self._stop.wait(min(_AFTER_ERROR[0] * 2 ** min(failures - 1, 10), max(_AFTER_ERROR[1], interval)))
            elif not more and woken.wait(interval) and each.gathers:
                self._stop.wait(each.gathers)
        for end in leave:
            end()

    def _serve(self, each: Round, serve: Serve) -> None:
        while not self._stop.is_set():
            if self._steps.stay(each, serve, self._stop):
                self._stop.wait(_AFTER_ERROR[0])
