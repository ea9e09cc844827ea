"""One step of a round, by whoever runs it: what went wrong is told and noted, and never ends the one who runs it."""

import logging
import threading
import time
from collections.abc import Callable

from giftpulse.ground import traces
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.site import Site
from giftpulse.timetable import Notebook, Round, Serve

log = logging.getLogger(__name__)


def span_of(each: Round) -> traces.Span:
    """The span of one step, for a ``with`` block."""
    return traces.span(f"round {each.name}", attributes={"giftpulse.round": each.name})


class Steps:
    """Takes steps of rounds at one site, and writes down how they went."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._notebook = Notebook(site)

    def once(self, each: Round) -> tuple[bool, str | None]:
        """One step. Answers whether more is waiting, and what went wrong."""
        more, reason, began = False, None, time.perf_counter()
        with span_of(each) as span:
            try:
                more = each.run(self._site)
            except GiftPulseError as error:  # it did what it could, and says what is wrong
                span.failed(error)
                log.warning("a round could not do all of its work", extra={"round": each.name, "reason": str(error)})
                reason = str(error)
            except Exception as error:  # the edge: a round that fails is tried again, and says so
                span.failed(error)
                log.exception("a round failed", extra={"round": each.name})
                reason = f"{type(error).__name__}: {error}"
            span.note({"giftpulse.more": more})
        seconds = time.perf_counter() - began
        self._noted(each, lambda: self._notebook.note(each.name, reason, seconds, more=more))
        return more, reason

    def stay(
        self, each: Round, serve: Serve, stop: threading.Event, alive: Callable[[], None] = lambda: None
    ) -> str | None:
        """Its staying form, until ``stop`` or until it fails. Answers what went wrong. Calls ``alive`` on the way."""

        def at_work() -> None:
            alive()
            self._noted(each, lambda: self._notebook.alive(each.name))

        try:
            serve(self._site, stop, at_work)
        except Exception as error:  # the edge, as above
            log.exception("a round failed", extra={"round": each.name})
            reason = f"{type(error).__name__}: {error}"
            self._noted(each, lambda: self._notebook.note(each.name, reason))
            return reason
        return None

    def close(self) -> None:
        """Write down what was not written yet. Raises what the database raises."""
        self._notebook.close()

    def _noted(self, each: Round, note: Callable[[], None]) -> None:
        try:
            note()
        except Exception:  # the edge: being unable to write that it ran must not end the round
            log.exception("the run of a round could not be noted", extra={"round": each.name})
