"""All rounds as threads of one process: the form of the service that needs no other server."""

import logging
import threading
import time
from collections.abc import Callable

from giftpulse.ground import lock
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.site import Site
from giftpulse.timetable import ROUNDS, Notebook, Round, Serve

log = logging.getLogger(__name__)

STOPPED_WITHIN = 8.0
"""Seconds that rounds have to come to an end. What is cut off then is owed still, and done after the next start."""

_AFTER_ERROR = (1.0, 60.0)  # seconds to wait after a first failure, and at most


class Embedded:
    """Runs the timetable. ``start``, then ``stop``; not again."""

    def __init__(self, site: Site, timetable: tuple[Round, ...] = ROUNDS) -> None:
        self._site = site
        self._stop = threading.Event()
        self._notebook = Notebook(site)
        self._wakers: list[threading.Event] = []
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=each.name, daemon=True) for each in timetable
        ]

    def start(self) -> None:
        """Begin all rounds."""
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
        self._notebook.close()
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
            more, error = self._once(each)
            failures = failures + 1 if error else 0
            if error:
                self._stop.wait(min(_AFTER_ERROR[0] * 2 ** min(failures - 1, 10), max(_AFTER_ERROR[1], interval)))
            elif not more and woken.wait(interval) and each.gathers:
                self._stop.wait(each.gathers)
        for end in leave:
            end()

    def _once(self, each: Round) -> tuple[bool, str | None]:
        more, reason, began = False, None, time.perf_counter()
        try:
            more = each.run(self._site)
        except GiftPulseError as error:  # it did what it could, and says what is wrong
            log.warning("a round could not do all of its work", extra={"round": each.name, "reason": str(error)})
            reason = str(error)
        except Exception as error:  # the edge: a round that fails is tried again, and says so
            log.exception("a round failed", extra={"round": each.name})
            reason = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - began
        self._noted(each, lambda: self._notebook.note(each.name, reason, seconds, more=more))
        return more, reason

    def _serve(self, each: Round, serve: Serve) -> None:
        while not self._stop.is_set():
            try:
                serve(self._site, self._stop, lambda: self._noted(each, lambda: self._notebook.alive(each.name)))
            except Exception as error:  # the edge, as above
                log.exception("a round failed", extra={"round": each.name})
                self._failed(each, f"{type(error).__name__}: {error}")
                self._stop.wait(_AFTER_ERROR[0])

    def _failed(self, each: Round, reason: str) -> None:
        self._noted(each, lambda: self._notebook.note(each.name, reason))

    def _noted(self, each: Round, note: Callable[[], None]) -> None:
        try:
            note()
        except Exception:  # the edge: being unable to write that it ran must not end the round
            log.exception("the run of a round could not be noted", extra={"round": each.name})
