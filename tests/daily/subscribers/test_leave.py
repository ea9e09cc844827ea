"""Leaving, by word or because the number fails; and finding whose number it is."""

from datetime import timedelta

from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.leave import LEFT, leave, of_number, of_sender
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

LATER = make.NOON + timedelta(hours=1)
NUMBER, SERVICE = "+15550001111", "MG" + "1" * 32


def test_leaving_is_done_once(site: Site) -> None:
    heard: list[str] = []
    site.bulletin.listen(LEFT, lambda: heard.append(LEFT))
    with site.database.begin() as session:
        person = people.joined(session, site, people.program(session)).subscriber
    with site.database.begin() as session:
        (gone,) = leave(session, [person], people.consent("keyword", detail="says 'stop'"), LATER)
        assert (gone.status, gone.status_reason, gone.status_at) == ("opted_out", "says 'stop'", LATER)
        assert leave(session, [gone], people.consent("keyword"), LATER) == []
        assert people.kinds(session) == ["opt_in", "opt_out"]
    assert heard == [LEFT]


def test_a_word_beats_a_failing_number_and_not_the_other_way(lite: Site) -> None:
    with lite.database.begin() as session:
        person = people.joined(session, lite, people.program(session)).subscriber
        failing = people.consent("delivery")
        assert leave(session, [person], failing, LATER, status="suppressed")
        assert leave(session, [person], people.consent("keyword"), LATER)
        assert leave(session, [person], failing, LATER, status="suppressed") == []
        assert person.status == "opted_out"
        assert people.kinds(session) == ["opt_in", "suppressed", "opt_out"]


def test_nobody_leaves_where_nobody_is(lite: Site) -> None:
    with lite.database.begin() as session:
        assert leave(session, [], people.consent(), LATER) == []


def test_the_sender_says_which_subscriptions_are_meant(site: Site) -> None:
    with site.database.begin() as session:
        by_number = people.program(session, sender=NUMBER)
        by_service = people.program(session, name="Other", sender=SERVICE)
        by_default = people.program(session, name="Third")
        ids = {
            each.id: join(session, site, each, people.DENVER, people.consent(), make.NOON).subscriber.id
            for each in (by_number, by_service, by_default)
        }
        people.joined(session, site, by_number, people.NEW_YORK)
        settings = site.settings.model_copy(update={"twilio_from_number": "+15550002222"})

        def meant(sender: str) -> list[int]:
            return [one.id for one in of_sender(session, people.DENVER, sender, settings)]

        assert meant(NUMBER) == [ids[by_number.id]]
        assert meant(SERVICE) == [ids[by_service.id]]
        assert meant("+15550002222") == [ids[by_default.id]]
        assert meant("+15559999999") == sorted(ids.values())
        assert [one.id for one in of_number(session, people.DENVER)] == sorted(ids.values())
        assert of_sender(session, people.BERLIN, NUMBER, settings) == []
