"""Letting go of what people wrote."""

from datetime import timedelta

from giftpulse.daily.inbound.forgetting import cleanup, forget
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, BEN, heard, program, rows, say, subscribe, told


def test_a_person_who_is_erased_leaves_no_number_and_no_words(site: Site) -> None:
    one = subscribe(site, program(site))
    say(site, "my name is Anna")
    say(site, "Hello there")
    say(site, "Hello from Ben", BEN)
    with site.database.begin() as session:
        assert forget(session, ANN) == 2
        assert forget(session, ANN) == 0
    found = rows(site)
    assert [(row.phone, row.body, row.reply) for row in found[:2]] == [(None, None, None)] * 2
    assert [(row.intent, row.subscriber_id) for row in found[:2]] == [("name", one.id), ("other", one.id)]
    assert (found[2].phone, found[2].body) == (BEN, "Hello from Ben")


def test_a_person_whose_number_is_gone_is_found_by_their_subscription(lite: Site) -> None:
    one = subscribe(lite, program(lite))
    say(lite, "Hello there")
    with lite.database.begin() as session:
        assert forget(session, None, []) == 0
        assert forget(session, None, [one.id]) == 1
    assert rows(lite)[0].phone is None


def test_words_are_kept_for_so_many_days_and_no_longer(site: Site) -> None:
    program(site)
    old, young = make.NOON - timedelta(days=31), make.NOON - timedelta(days=29)
    text = heard("9am", at=old)
    told(site, text)
    say(site, "9am", at=young)
    with site.database.begin() as session:
        assert cleanup(session, make.NOON, 30) == 1
        assert cleanup(session, make.NOON, 30) == 0
    first, second = rows(site)
    assert (first.body, first.reply, first.phone, first.reply_by) == (None, None, ANN, "twiml")
    assert second.body == "9am"
    assert not told(site, text).fresh
