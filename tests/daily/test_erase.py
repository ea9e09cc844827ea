"""Erasing a person everywhere: no number and no word stays, and nobody else loses any."""

from datetime import timedelta

from sqlalchemy import select

from giftpulse.daily.erase import erase
from giftpulse.daily.export import export
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.claims import Claims
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import ANN, BEN, OTHER, program, rows, say, subscribe


def note(site: Site, key: str, phone: str, subscriber_id: int | None) -> None:
    with site.database.begin() as session:
        notes.write(
            session, key=key, sender=OTHER, phone=phone, body=f"Words of {key}", now=make.NOON,
            expires=timedelta(hours=1), subscriber_id=subscriber_id,
        )  # fmt: skip


def kept(site: Site) -> dict[str, tuple[str | None, str | None]]:
    """Number and words of each note."""
    with site.database.read() as session:
        return {row.key: (row.phone, row.body) for row in session.scalars(select(Note))}


def gone(site: Site, *ids: int) -> list[int]:
    with site.database.begin() as session:
        people = [session.get_one(Subscriber, one) for one in ids]
        return [one.id for one in erase(session, people, "test", make.NOON)]


def test_the_last_subscription_takes_everything_of_the_number_with_it(site: Site) -> None:
    first, second = program(site), program(site, name="Other", join_keyword="OTHER", sender=OTHER)
    one, other = subscribe(site, first), subscribe(site, second)
    say(site, "Hello there")
    note(site, "ask:1", ANN, one.id)
    note(site, "ask:2", ANN, other.id)
    note(site, "stranger", ANN, None)
    note(site, "ben", BEN, None)
    assert gone(site, one.id) == [one.id]
    assert kept(site) == {
        "ask:1": (None, None), "ask:2": (ANN, "Words of ask:2"), "stranger": (ANN, "Words of stranger"),
        "ben": (BEN, "Words of ben"),
    }  # fmt: skip
    assert (rows(site)[0].phone, rows(site)[0].body) == (None, None), "it was written to the first program"
    say(site, "Me again", to=OTHER)
    assert gone(site, one.id, other.id) == [other.id]
    assert {phone for phone, _ in kept(site).values()} == {None, BEN}
    assert [(row.phone, row.body) for row in rows(site)] == [(None, None)] * 2


def test_a_note_that_waits_is_skipped_when_its_person_is_gone(lite: Site) -> None:
    one = subscribe(lite, program(lite))
    note(lite, "ask:1", ANN, one.id)
    gone(lite, one.id)
    with clock.stopped(make.NOON):
        assert Claims(lite).claim_notes().tasks == []
    with lite.database.read() as session:
        row = session.scalars(select(Note)).one()
        assert (row.state, row.reason) == ("skipped", "the person was erased")


def test_an_export_has_what_was_written_both_ways(site: Site) -> None:
    one = subscribe(site, program(site))
    say(site, "Hello there")
    note(site, "ask:1", ANN, one.id)
    with site.database.read() as session:
        told = export(session, session.get_one(Subscriber, one.id))
        masked = export(session, session.get_one(Subscriber, one.id), "read")
    assert [text["body"] for text in told["inbox"]] == ["Hello there"]
    assert [(text["body"], text["phone"]) for text in told["notes"]] == [("Words of ask:1", ANN)]
    assert told["messages"] == []
    assert ANN in str(told)
    assert ANN not in str(masked)
