"""Writing the texts of the days ahead: each that is missing is asked for, looked at, and kept; or the library steps in.

No session is open while the service writes. A lease keeps two processes from paying for the same text; should it fail,
a slot takes one edition only, and the loser's is dropped.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from giftpulse.daily.editions.history import memory_of
from giftpulse.daily.editions.make import Generated, Maker
from giftpulse.daily.editions.wanted import jobs
from giftpulse.daily.editions.writer import Writer, open_writer
from giftpulse.ground import clock, lock
from giftpulse.ground.site import Site

log = logging.getLogger(__name__)

PATIENCE = 240.0
"""Seconds after which a run ends and leaves the rest to the next one."""

_LEASE = "editions"
_LEASE_LASTS = timedelta(minutes=5)  # longer than all tries at one text


def generate(
    site: Site,
    now: datetime,
    ahead_days: int = 3,
    *,
    program_id: int | None = None,
    writer: Writer | None = None,
    patience: float = PATIENCE,
) -> Generated:
    """Make what is missing, the first needed first. ``writer``: by default that of the settings. Raises NotFoundError
    for a ``program_id`` that is none."""
    with site.database.read() as session:
        wanted = jobs(session, now, timedelta(days=ahead_days), program_id)
        memory = memory_of(session)
    done = Generated()
    if not wanted:
        return done
    maker = Maker(site, writer or open_writer(site.settings), memory, done)
    with _alone(site, done) as is_ours:
        ends = time.monotonic() + patience
        for at, job in enumerate(wanted if is_ours else ()):
            if at and (time.monotonic() > ends or not _renewed(site)):
                done.more = True
                break
            maker.make(job)
    log.info("texts were made", extra={"written": done.written, "fallbacks": done.fallbacks, "left": done.left})
    return done


@contextmanager
def _alone(site: Site, done: Generated) -> Iterator[bool]:
    """Whether nobody else writes; that holds while the block runs."""
    is_ours = _renewed(site)
    if not is_ours:
        done.notes.append("somebody else is writing at this moment")
    try:
        yield is_ours
    finally:
        if is_ours:
            with site.database.begin() as session:
                lock.release(session, _LEASE, _holder(site))


def _renewed(site: Site) -> bool:
    with site.database.begin() as session:
        return lock.acquire(session, _LEASE, _holder(site), clock.now(), _LEASE_LASTS) is not None


def _holder(site: Site) -> str:
    return f"{site.holder}-{threading.get_ident()}"
