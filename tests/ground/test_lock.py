"""Leases: one holder at a time, ended by time, told apart by their fence."""

import threading
from datetime import timedelta

from giftpulse.ground import lock
from giftpulse.ground.site import Site
from tests.make import NOON

MINUTE = timedelta(minutes=1)


def acquire(site: Site, holder: str, *, after: timedelta = timedelta(), name: str = "pull") -> int | None:
    with site.database.begin() as session:
        return lock.acquire(session, name, holder, NOON + after, MINUTE)


def holds(site: Site, holder: str, fence: int, *, after: timedelta = timedelta()) -> bool:
    with site.database.begin() as session:
        return lock.holds(session, "pull", holder, fence, NOON + after)


def test_one_holder_at_a_time(site: Site) -> None:
    assert acquire(site, "a") == 1
    assert acquire(site, "b") is None
    assert holds(site, "a", 1)
    assert not holds(site, "b", 1)
    assert acquire(site, "b", name="other") == 1


def test_renewing_keeps_the_fence_and_the_lease(site: Site) -> None:
    acquire(site, "a")
    assert acquire(site, "a", after=MINUTE / 2) == 1
    assert acquire(site, "b", after=MINUTE) is None
    assert acquire(site, "b", after=1.5 * MINUTE) == 2


def test_it_ends_by_time_and_the_fence_grows(site: Site) -> None:
    assert acquire(site, "a") == 1
    assert acquire(site, "b", after=MINUTE) == 2
    assert not holds(site, "a", 1, after=MINUTE)
    assert holds(site, "b", 2, after=MINUTE)
    assert acquire(site, "a", after=2 * MINUTE) == 3


def test_who_lets_it_run_out_and_takes_it_again_has_another_fence(site: Site) -> None:
    """Somebody may have held it in between: work begun under the old fence must not be recorded."""
    assert acquire(site, "a") == 1
    assert acquire(site, "a", after=MINUTE) == 2
    assert not holds(site, "a", 1, after=MINUTE)


def test_a_lease_that_ran_out_is_not_held(site: Site) -> None:
    acquire(site, "a")
    assert holds(site, "a", 1, after=MINUTE - timedelta(microseconds=1))
    assert not holds(site, "a", 1, after=MINUTE)


def test_given_back_it_is_free_at_once(site: Site) -> None:
    acquire(site, "a")
    with site.database.begin() as session:
        lock.release(session, "pull", "b")
    assert acquire(site, "b") is None
    with site.database.begin() as session:
        lock.release(session, "pull", "a")
    assert acquire(site, "b") is not None


def test_nothing_is_held_of_what_was_never_taken(site: Site) -> None:
    assert not holds(site, "a", 1)


def test_of_many_that_race_one_gets_it(site: Site) -> None:
    start, got = threading.Barrier(8), list[tuple[str, int]]()

    def race(holder: str) -> None:
        start.wait()
        if (fence := acquire(site, holder)) is not None:
            got.append((holder, fence))

    threads = [threading.Thread(target=race, args=(f"holder {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert got[0][1] == 1
