"""Claims of readers: leased, given back, put off."""

from datetime import timedelta

from giftpulse.ground.site import Site
from giftpulse.logs import readers, store
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
