"""What a process of a worker has at hand, and what it leaves behind."""

import os
from contextlib import closing
from socket import gethostname

from giftpulse.ground import clock, transfer
from giftpulse.worker.workplace import Workplace
from tests import make


def test_a_process_of_a_worker_is_seen_from_the_database_until_it_ends(postgres_url: str, redis_url: str) -> None:
    """One that has nothing to do for the moment takes the next tick, on this database."""
    with closing(make.site(postgres_url, migrated=True, redis_url=redis_url)) as site:

        def life() -> list[str]:
            with site.database.read() as session:
                return transfer.life(session, clock.now())

        here = Workplace(site.settings, 1, lambda *_args, **_more: None)
        try:
            (seen,) = life()
            assert seen.startswith(f"worker on {gethostname()}, process {os.getpid()}-")
        finally:
            here.close()
        assert life() == []
