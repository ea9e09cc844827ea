"""Whoever works on a database leaves a trace in it: a lease says that the process is there, as long as it is.

Nobody could tell otherwise from a database that it is still written to, or texted from (``transfer.life`` asks): rounds
are noted only when they end, and a web process or a worker may have nothing to do for long.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from giftpulse.ground import clock, lock
from giftpulse.ground.lock import Lease
from giftpulse.ground.outage import Outage
from giftpulse.ground.site import Site

LASTS = timedelta(minutes=1)
"""How long the trace stays of a process that was killed."""

RENEWED_EVERY = 20.0  # seconds

_TRACE = re.compile(r"(.+) on \S+, process \S+")


class Presence:
    """The trace of this process. ``what`` it is, in a word or two. ``start``, then ``stop``; not again."""

    def __init__(self, site: Site, what: str) -> None:
        self._site = site
        # The holder is in it, for two processes of one number may be on a machine, each in a container.
        self._name = f"{what} on {socket.gethostname()}, process {site.holder}"
        self._over = threading.Event()
        self._outage = Outage("the database", "nobody can tell from it that this process is there")
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def start(self) -> None:
        """Be known from now on."""
        self._renew()
        self._thread.start()

    def stop(self) -> None:
        """Be gone."""
        self._over.set()
        self._thread.join(5)
        try:
            with self._site.database.begin() as session:
                lock.release(session, self._name, self._site.holder)
        except SQLAlchemyError as error:
            self._outage.goes_on(error)  # it ends by time

    def _keep(self) -> None:
        while not self._over.wait(RENEWED_EVERY):
            self._renew()

    def _renew(self) -> None:
        try:
            with self._site.database.begin() as session:
                lock.acquire(session, self._name, self._site.holder, clock.unmoved(), LASTS)
        except SQLAlchemyError as error:
            self._outage.goes_on(error)
        else:
            self._outage.is_over()


@contextmanager
def present(site: Site, what: str) -> Iterator[None]:
    """Be known while the block runs."""
    here = Presence(site, what)
    here.start()
    try:
        yield
    finally:
        here.stop()


def known(session: Session) -> list[str]:
    """What each process is that is there now, in the words in which it said so."""
    names = session.scalars(select(Lease.name).where(Lease.expires_at > clock.unmoved()).order_by(Lease.name))
    return [found[1] for name in names if (found := _TRACE.fullmatch(name))]
