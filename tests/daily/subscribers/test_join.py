"""Joining, again, and back: who may come back, and what the ledger says of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers import erasing, leave, ledger, places
from giftpulse.daily.subscribers.join import CHANGED, confirm, join
from giftpulse.daily.subscribers.models import Audience, ConsentEvent, Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.errors import ConflictError, InvalidInputError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.subscribers import people

LATER = make.NOON + timedelta(hours=1)


def test_a_first_join_stores_the_person_and_their_consent(site: Site) -> None:
    heard: list[str] = []
    site.bulletin.listen(CHANGED, lambda: heard.append(CHANGED))
    with site.database.begin() as session:
        program = people.program(session)
        said = people.consent(message_sid="SM1", wording="Join us", by="+13035550123")
        done = join(session, site, program, "+1 303 555 0123", said, make.NOON, first_name="Ann")
    assert done.outcome == "joined"
    assert heard == [CHANGED]
    with site.database.read() as session:
        person = session.scalars(select(Subscriber)).one()
        line = session.scalars(select(ConsentEvent)).one()
        audience = session.get_one(Audience, person.audience_id)
    assert (person.phone, person.status, person.first_name, person.moved) == (people.DENVER, "active", "Ann", True)
    assert (person.timezone, person.timezone_source, person.country) == ("America/Denver", "number", "US")
    assert (audience.zones, audience.jurisdictions, audience.window_start) == ("America/Denver", "US,US-CO", None)
    assert (line.kind, line.source, line.message_sid, line.phone) == ("opt_in", "keyword", "SM1", people.DENVER)
    assert (line.subscriber_id, line.program_id, line.number_hash) == (person.id, program.id, person.number_hash)
    assert line.wording_version == ledger.wording_version("Join us")


def test_joining_twice_is_harmless(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        first = people.joined(session, site, program)
        again = people.joined(session, site, program, now=LATER)
        assert (first.outcome, again.outcome) == ("joined", "already")
        assert again.subscriber.id == first.subscriber.id
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 1
        assert people.kinds(session) == ["opt_in"]


def test_the_law_of_the_number_counts_beside_that_of_the_place(lite: Site) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        person = people.joined(session, lite, program, place=places.from_zone("Texas")).subscriber
        assert person.timezone_source == "stated"
        assert session.get_one(Audience, person.audience_id).jurisdictions == "US,US-CO,US-TX"


def test_people_with_the_same_day_share_an_audience(lite: Site) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        ids = {people.joined(session, lite, program, f"+130355501{n:02}").subscriber.audience_id for n in range(9)}
        own = people.joined(session, lite, program, people.DENVER, window=Window(540, 600)).subscriber
        assert len(ids) == 1
        assert own.audience_id not in ids


@pytest.mark.parametrize("status", ["active", "pending"])
def test_without_consent_nobody_is_taken_in(lite: Site, status: str) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        with pytest.raises(InvalidInputError, match="consent") as refused:
            join(session, lite, program, people.DENVER, None, make.NOON, status=status)  # type: ignore[arg-type]
        assert refused.value.errors[0].field == "consent"
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 0


@pytest.mark.parametrize("number", ["", "12", "hello", "+1", "+15551"])
def test_what_is_no_number_is_refused(lite: Site, number: str) -> None:
    with lite.database.begin() as session, pytest.raises(InvalidInputError) as refused:
        people.joined(session, lite, people.program(session), number)
    assert refused.value.errors[0].field == "phone"


def test_pending_waits_for_the_persons_word(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        asked = people.joined(session, site, program, source="form", status="pending")
        assert (asked.outcome, asked.subscriber.status, asked.subscriber.moved) == ("pending", "pending", False)
        assert people.joined(session, site, program, source="import").outcome == "already"
        assert asked.subscriber.status == "pending"
        done = confirm(session, asked.subscriber, people.consent("keyword"), LATER)
        assert (done.outcome, done.subscriber.status, done.subscriber.moved) == ("confirmed", "active", True)
        assert confirm(session, asked.subscriber, people.consent("keyword"), LATER).outcome == "already"
        assert people.kinds(session) == ["opt_in", "confirmed"]


def test_the_keyword_confirms_a_pending_person(lite: Site) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        people.joined(session, lite, program, source="form", status="pending")
        assert people.joined(session, lite, program).outcome == "confirmed"


@pytest.mark.parametrize("status", ["opted_out", "suppressed"])
def test_who_left_comes_back_by_their_own_act_only(site: Site, status: str) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        person = people.joined(session, site, program).subscriber
        person.failures, person.failure_code = 3, 30003
        leave.leave(session, [person], people.consent("keyword"), LATER, status=status)  # type: ignore[arg-type]
        for source in ("import", "api"):
            with pytest.raises(ConflictError):
                people.joined(session, site, program, source=source, now=LATER)
            with pytest.raises(ConflictError):
                people.joined(session, site, program, source=source, status="pending", now=LATER)
        with pytest.raises(ConflictError):
            confirm(session, person, people.consent("keyword"), LATER)
        assert person.status == status
        back = people.joined(session, site, program, source="twilio", now=LATER)
        assert (back.outcome, back.subscriber.id, person.status) == ("returned", person.id, "active")
        assert (person.failures, person.moved) == (0, True)
        assert person.failure_code is None
        assert people.kinds(session)[-1] == "return"


@pytest.mark.parametrize("status", ["opted_out", "suppressed"])
def test_a_form_is_no_proof_of_the_person_and_brings_nobody_back(site: Site, status: str) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        person = people.joined(session, site, program).subscriber
        leave.leave(session, [person], people.consent("keyword"), LATER, status=status)  # type: ignore[arg-type]
        with pytest.raises(ConflictError):
            people.joined(session, site, program, source="form", status="pending", first_name="Mallory")
        assert (person.status, person.first_name) == (status, None)
        assert len(people.kinds(session)) == 2


def test_a_form_brings_no_erased_person_back(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        person = people.joined(session, site, program).subscriber
        erasing.erase(session, person, "test", LATER)
        with pytest.raises(ConflictError):
            people.joined(session, site, program, source="form", status="pending", first_name="Mallory")
        assert (person.status, person.phone, person.first_name) == ("erased", None, None)
        assert people.joined(session, site, program).outcome == "returned"


def test_a_form_signs_up_no_stranger_who_said_stop(lite: Site) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        said = people.consent("keyword").as_kind("opt_out")
        ledger.record_number(session, number_hash(lite, people.DENVER), people.DENVER, said, make.NOON)
        with pytest.raises(ConflictError, match="STOP"):
            people.joined(session, lite, program, source="form", status="pending")


def test_a_form_once_more_asks_a_pending_person_once_more(lite: Site) -> None:
    with lite.database.begin() as session:
        program = people.program(session)
        for _ in range(2):
            assert people.joined(session, lite, program, source="form", status="pending").outcome == "pending"
        assert people.joined(session, lite, program, source="api", status="pending").outcome == "already"
        assert people.kinds(session) == ["opt_in", "opt_in"]


def test_a_stop_of_a_stranger_holds_against_imports(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)
        hashed = number_hash(site, people.DENVER)
        said = people.consent("keyword").as_kind("opt_out")
        ledger.record_number(session, hashed, people.DENVER, said, make.NOON)
        with pytest.raises(ConflictError, match="STOP"):
            people.joined(session, site, program, source="import")
        assert people.joined(session, site, program).outcome == "joined"


def test_one_person_is_in_two_programs_for_two(lite: Site) -> None:
    with lite.database.begin() as session:
        one, two = people.program(session), people.program(session, name="Evening")
        first = people.joined(session, lite, one).subscriber
        second = people.joined(session, lite, two).subscriber
        assert first.id != second.id
        assert first.share != second.share
        assert first.number_hash == second.number_hash


def test_a_hash_of_a_number_needs_the_key(lite: Site) -> None:
    other = make.site(str(lite.database.engine.url), migrated=True, secret_key="another key, long enough to be taken")
    assert number_hash(lite, people.DENVER) == number_hash(lite, people.DENVER)
    assert number_hash(lite, people.DENVER) != number_hash(other, people.DENVER)
    assert number_hash(lite, people.DENVER) != number_hash(lite, people.NEW_YORK)
    other.close()


def test_many_who_join_at_once_with_one_number_are_one_person(site: Site) -> None:
    with site.database.begin() as session:
        program = people.program(session)

    def one_more(_number: int) -> str:
        with site.database.begin() as session:
            return people.joined(session, site, program).outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one_more, range(8)))
    assert sorted(outcomes) == ["already"] * 7 + ["joined"]
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 1
        assert people.kinds(session) == ["opt_in"]
