"""Claims of readers: leased, given back, put off."""

from datetime import timedelta

from sqlalchemy import select

from giftpulse.ground.site import Site
from giftpulse.logs import readers, store
from giftpulse.logs.models import LogOwed
from tests import make


def test_what_is_put_off_is_claimable_from_that_instant_on(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "some", make.NOON)
        store.add_reader(session, "other", make.NOON)
    make.take(site, make.message())
    until = make.NOON + timedelta(seconds=15)
    with site.database.begin() as session:
        batches = readers.claim(session, "some", make.NOON)
        readers.put_off(session, "some", batches, until)
        assert readers.claim(session, "some", until - timedelta(seconds=1)) == []
        assert readers.claim(session, "other", make.NOON) == batches
        assert readers.claim(session, "some", until) == batches
        assert readers.settle(session, "some", batches) == 1


def test_a_batch_that_always_fails_holds_up_no_other(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "some", make.NOON)
    for _ in range(3):
        make.take(site, make.message())
    with site.database.read() as session:
        poison, *good = session.scalars(select(LogOwed.batch_id).order_by(LogOwed.batch_id))
    at, tried, done = make.NOON, [], []
    for _ in range(120):  # a round each second
        with site.database.begin() as session:
            claimed = readers.claim(session, "some", at)
            if poison in claimed:
                tried.append(at)
                readers.release(session, "some", claimed)
            elif claimed:
                done += claimed
                readers.settle(session, "some", claimed)
        at += timedelta(seconds=1)
    assert done == good
    assert len(tried) == 3, "twice with the others, once alone; then it waits"
    with site.database.begin() as session:
        assert readers.claim(session, "some", tried[-1] + readers.LEASE * 2) == [poison]
        readers.release(session, "some", [poison])
        assert readers.claim(session, "some", tried[-1] + readers.LEASE * 4) == [], "it waits longer each time"
        assert readers.claim(session, "some", tried[-1] + readers.LEASE * 5) == [poison], "but is never forgotten"


def test_work_that_failed_once_may_be_tried_again_at_once(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "some", make.NOON)
    make.take(site, make.message())
    with site.database.begin() as session:
        batches = readers.claim(session, "some", make.NOON)
        readers.release(session, "some", batches)
        assert readers.claim(session, "some", make.NOON) == batches
