"""Which of several beats ticks: the one that holds the lease ``beat`` in the database, for as long as it renews it."""

import time
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from giftpulse.ground import clock, lock, runs, ticking
from giftpulse.ground.outage import Outage
from giftpulse.ground.site import Site
from giftpulse.worker.limits import BEAT_LEASE, BEAT_RENEWS_EVERY


class Reign:
    """The lease of this beat. ``trouble``: why ticks could not be handed over since the last renewal, if so."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._outage = Outage("the database", "no ticks until it does")
        self._asked_at = self._held_at = -BEAT_LEASE.total_seconds()
        self._fence: int | None = None
        self._is_new = False
        self.trouble: str | None = None

    def holds(self) -> bool:
        """Whether we are the one that ticks. Asks the database every three seconds."""
        now = time.monotonic()
        if now - self._asked_at >= BEAT_RENEWS_EVERY:
            self._asked_at = now
            if self._renew():
                self._held_at = now
        # A lease that we could not renew ends for us sooner than another one can take it.
        return now - self._held_at < BEAT_LEASE.total_seconds() - BEAT_RENEWS_EVERY

    def began_anew(self) -> bool:
        """Whether it is ours since a moment ago, and was somebody else's before. Answers yes once."""
        began, self._is_new = self._is_new, False
        return began

    def _renew(self) -> bool:
        try:
            with self._site.database.begin() as session:
                fence = ticking.tick(session, self._site.holder, clock.now(), BEAT_LEASE, self.trouble)
        except SQLAlchemyError as error:
            self._outage.goes_on(error)
            return False
        self._outage.is_over()
        self._is_new = self._is_new or (fence is not None and fence != self._fence)
        self._fence = fence
        self._held_at = self._held_at if fence is not None else -BEAT_LEASE.total_seconds()
        return fence is not None

    def last_runs(self) -> dict[str, datetime]:
        """When each round ran last, whoever ran it. Raises SQLAlchemyError."""
        with self._site.database.read() as session:
            return {name: run.last_run_at for name, run in runs.all_runs(session).items()}

    def end(self) -> None:
        """Let another one tick at once."""
        try:
            with self._site.database.begin() as session:
                lock.release(session, ticking.NAME, self._site.holder)
        except SQLAlchemyError as error:
            self._outage.goes_on(error)
