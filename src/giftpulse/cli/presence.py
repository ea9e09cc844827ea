"""A web process leaves a trace: a lease in the database says that it is there. Rounds leave their own.

Nobody could tell otherwise from a database that it is still written to (``ground/transfer.py`` asks).
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from giftpulse.ground import clock, lock
from giftpulse.ground.outage import Outage
from giftpulse.ground.site import Site

LASTS = timedelta(minutes=1)
"""How long the trace stays of a process that was killed."""

RENEWED_EVERY = 20.0  # seconds


@contextmanager
def present(site: Site, port: int) -> Iterator[None]:
    """Be known as a web process of this machine and port while the block runs."""
    name = f"web {socket.gethostname()}:{port}"
    over, outage = threading.Event(), Outage("the database", "nobody can tell from it that this web process is there")
    _renew(site, name, outage)
    thread = threading.Thread(target=_keep, args=(site, name, over, outage), name="presence", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)
        try:
            with site.database.begin() as session:
                lock.release(session, name, site.holder)
        except SQLAlchemyError as error:
            outage.goes_on(error)  # it ends by time


def _keep(site: Site, name: str, over: threading.Event, outage: Outage) -> None:
    while not over.wait(RENEWED_EVERY):
        _renew(site, name, outage)


def _renew(site: Site, name: str, outage: Outage) -> None:
    try:
        with site.database.begin() as session:
            lock.acquire(session, name, site.holder, clock.now(), LASTS)
    except SQLAlchemyError as error:
        outage.goes_on(error)
    else:
        outage.is_over()
