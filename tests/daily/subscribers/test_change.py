"""What people change about themselves, and whether they have to be planned again for it."""

from datetime import timedelta

from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import change, places
from giftpulse.daily.subscribers.models import Audience, Subscriber
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

LATER = make.NOON + timedelta(hours=1)


def planned(site: Site) -> Subscriber:
    """Somebody who was planned since they joined."""
    with site.database.begin() as session:
        person = people.joined(session, site, people.program(session)).subscriber
        person.moved = False
    return person


def test_another_place_is_another_audience_and_plans_again(site: Site) -> None:
    known = planned(site)
    with site.database.begin() as session:
        person = session.get_one(Subscriber, known.id)
        change.move(session, person, places.from_zone("Europe/Berlin"), LATER)
        assert (person.timezone, person.timezone_source, person.country) == ("Europe/Berlin", "stated", "DE")
        assert person.moved
        assert person.audience_id != known.audience_id
        # The number is still of Colorado, and its law still counts.
        assert session.get_one(Audience, person.audience_id).jurisdictions == "DE,US,US-CO"


def test_the_same_place_by_another_source_changes_no_day(lite: Site) -> None:
    known = planned(lite)
    with lite.database.begin() as session:
        person = session.get_one(Subscriber, known.id)
        change.move(session, person, places.from_zip("80202"), LATER)
        assert (person.timezone_source, person.state) == ("zip", "CO")
        assert not person.moved
        assert person.audience_id == known.audience_id


def test_a_window_of_their_own_and_back(lite: Site) -> None:
    known = planned(lite)
    with lite.database.begin() as session:
        person = session.get_one(Subscriber, known.id)
        change.set_window(session, person, Window(540, 600), LATER)
        assert (person.window_start, person.window_end, person.moved) == (540, 600, True)
        audience = session.get_one(Audience, person.audience_id)
        assert (audience.window_start, audience.window_end) == (540, 600)
        change.set_window(session, person, None, LATER)
        assert person.window_start is None
        assert person.audience_id == known.audience_id


def test_names_languages_and_themes_change_no_plan(lite: Site) -> None:
    known = planned(lite)
    with lite.database.begin() as session:
        person = session.get_one(Subscriber, known.id)
        change.rename(session, person, "Ann", LATER)
        change.set_language(session, person, "es", LATER)
        change.set_theme(session, person, "calm", LATER)
        change.pause(session, person, LATER + timedelta(days=3), LATER)
        assert not person.moved
    with lite.database.read() as session:
        person = session.get_one(Subscriber, known.id)
        assert (person.first_name, person.language, person.theme) == ("Ann", "es", "calm")
        assert person.paused_until == LATER + timedelta(days=3)
        assert person.updated_at == LATER
    with lite.database.begin() as session:
        person = session.get_one(Subscriber, known.id)
        change.resume(session, person, LATER)
        assert person.paused_until is None
