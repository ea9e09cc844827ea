"""The keyword, YES and START."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from giftpulse.daily.inbound import wording
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import (
    ANN,
    BEN,
    OTHER,
    SERVICE,
    SHORT_CODE,
    TOLL_FREE,
    ledger,
    person,
    program,
    rows,
    say,
    statuses,
    subscribe,
)

LATER = make.NOON + timedelta(hours=1)


@pytest.mark.parametrize("body", ["SMILE", "smile", " Smile! ", "Smile please"])
def test_the_keyword_joins_and_is_welcomed(site: Site, body: str) -> None:
    daily = program(site)
    done = say(site, body)
    assert (done.reply, done.intent, done.fresh) == (wording.welcome(daily, "en"), "join", True)
    one = person(site)
    assert (one.status, one.timezone, one.timezone_source) == ("active", "America/Denver", "number")
    assert (done.subscriber_id, done.program_id) == (one.id, daily.id)
    with site.database.read() as session:
        line = session.scalars(select(ConsentEvent)).one()
    assert (line.kind, line.source, line.message_sid, line.at) == (
        "opt_in", "keyword", rows(site)[0].message_sid, make.NOON,
    )  # fmt: skip
    assert rows(site)[0].reply_by == "twiml"


def test_to_join_twice_changes_nothing(site: Site) -> None:
    daily = program(site)
    say(site, "SMILE")
    before = person(site)
    done = say(site, "SMILE", at=LATER)
    assert done.reply == wording.already(daily, "en")
    assert (person(site).status_at, person(site).updated_at) == (before.status_at, before.updated_at)
    assert ledger(site) == ["opt_in"]


def test_the_keyword_of_a_pending_person_confirms(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily, status="pending")
    assert say(lite, "SMILE").reply == wording.welcome(daily, "en")
    assert (statuses(lite), ledger(lite)) == (["active"], ["opt_in", "confirmed"])


def test_each_keyword_joins_the_program_that_it_belongs_to_at_its_own_number(site: Site) -> None:
    morning = program(site)
    evening = program(site, name="Evening", join_keyword="EVENING", sender=OTHER)
    assert say(site, "EVENING", to=OTHER).program_id == evening.id
    assert say(site, "SMILE").program_id == morning.id
    assert say(site, "EVENING", BEN).intent == "other"
    assert (statuses(site), statuses(site, BEN)) == (["active", "active"], [])


def test_where_a_number_says_nothing_of_a_place_twilios_hint_helps(lite: Site) -> None:
    program(lite)
    say(lite, "SMILE", "+18005550123", from_state="CO", from_zip="")
    assert (person(lite, "+18005550123").timezone, person(lite, "+18005550123").state) == ("America/Denver", "CO")
    say(lite, "SMILE", BEN, from_state="CO", from_zip="94110")
    assert person(lite, BEN).timezone == "America/New_York"
    say(lite, "SMILE", "+18005550124", from_state="Ontario", from_zip="K1A 0B1")
    assert person(lite, "+18005550124").timezone == ""


def test_a_stated_place_survives_a_return(lite: Site) -> None:
    program(lite)
    say(lite, "SMILE")
    say(lite, "TZ Chicago")
    say(lite, "please stop")
    say(lite, "SMILE", from_state="CA", from_zip="94110")
    assert (person(lite).status, person(lite).timezone) == ("active", "America/Chicago")


@pytest.mark.parametrize("body", ["YES", "yes!", "Yes please", "start"])
def test_yes_of_a_pending_person_confirms_and_is_welcomed(site: Site, body: str) -> None:
    daily = program(site)
    subscribe(site, daily, status="pending")
    done = say(site, body)
    assert done.reply == wording.welcome(daily, "en")
    assert (statuses(site), ledger(site)) == (["active"], ["opt_in", "confirmed"])
    with site.database.read() as session:
        line = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert line is not None
    assert line.message_sid == rows(site)[0].message_sid


def test_si_confirms_in_spanish(lite: Site) -> None:
    daily = program(lite, language="es")
    subscribe(lite, daily, status="pending")
    assert say(lite, "Sí").reply == wording.welcome(daily, "es")


def test_a_confirmation_that_advanced_opt_out_has_answered_is_not_answered_again(lite: Site) -> None:
    subscribe(lite, program(lite), status="pending")
    assert say(lite, "YES", opt_out_type="START", messaging_service_sid=SERVICE).reply is None
    assert statuses(lite) == ["active"]


@pytest.mark.parametrize("word", ["START", "unstop", "YES"])
def test_start_brings_back_whoever_left_and_twilio_says_so(site: Site, word: str) -> None:
    subscribe(site, program(site))
    say(site, "STOP")
    done = say(site, word, at=LATER)
    assert (done.reply, rows(site)[-1].reply_by, statuses(site)) == (None, "twilio", ["active"])
    assert ledger(site) == ["opt_in", "opt_out", "return"]


def test_start_brings_back_a_number_that_could_not_be_reached(lite: Site) -> None:
    one = subscribe(lite, program(lite))
    with lite.database.begin() as session:
        failing = Consent(kind="suppressed", source="delivery", by="delivery", at=make.NOON)
        leave(session, [session.get_one(Subscriber, one.id)], failing, make.NOON, status="suppressed")
    say(lite, "START", at=LATER)
    assert statuses(lite) == ["active"]


@pytest.mark.parametrize("body", ["start please", "yes please", "subscribe", "SMILE"])
def test_whom_twilio_blocks_only_its_own_word_brings_back(site: Site, body: str) -> None:
    daily = program(site)
    subscribe(site, daily)
    say(site, "STOP")
    done = say(site, body, at=LATER)
    assert (done.reply, statuses(site)) == (wording.say_start(daily, "en"), ["opted_out"])
    say(site, "START", at=LATER)
    assert statuses(site) == ["active"]


def test_whom_twilio_does_not_block_the_keyword_brings_back(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    say(lite, "please stop")
    assert say(lite, "start please").reply == wording.say_start(daily, "en")
    assert say(lite, "SMILE", at=LATER).reply == wording.welcome(daily, "en")
    assert (statuses(lite), ledger(lite)) == (["active"], ["opt_in", "opt_out", "return"])


def test_a_stranger_whom_twilio_blocks_is_told_to_text_start(lite: Site) -> None:
    daily = program(lite)
    say(lite, "STOP", BEN)
    assert say(lite, "SMILE", BEN, at=LATER).reply == wording.say_start(daily, "en")
    assert statuses(lite, BEN) == []


def test_yes_unblocks_nobody_at_a_toll_free_number(lite: Site) -> None:
    daily = program(lite, sender=TOLL_FREE)
    subscribe(lite, daily)
    say(lite, "STOP", to=TOLL_FREE)
    assert say(lite, "YES", to=TOLL_FREE).reply == wording.say_start(daily, "en")
    say(lite, "UNSTOP", to=TOLL_FREE)
    assert statuses(lite) == ["active"]


def test_on_a_short_code_we_do_it_all(lite: Site) -> None:
    daily = program(lite, sender=SHORT_CODE)
    assert say(lite, "SMILE", to=SHORT_CODE).reply == wording.welcome(daily, "en")
    assert say(lite, "STOP", to=SHORT_CODE).reply == wording.stopped(daily, "en", "SMILE")
    assert say(lite, "start please", to=SHORT_CODE, at=LATER).reply == wording.welcome(daily, "en")
    assert say(lite, "START", to=SHORT_CODE, at=LATER).reply == wording.already(daily, "en")
    assert say(lite, "HELP", to=SHORT_CODE, at=LATER).reply == wording.help_text(daily, "en")
    assert statuses(lite) == ["active"]


def test_a_keyword_that_is_a_start_of_advanced_opt_out_joins_a_stranger(lite: Site) -> None:
    program(lite)
    done = say(lite, "SMILE", opt_out_type="START", messaging_service_sid=SERVICE)
    assert (done.intent, done.reply, statuses(lite)) == ("join", None, ["active"])


def test_yes_of_an_active_person_is_for_people_to_read(lite: Site) -> None:
    subscribe(lite, program(lite))
    done = say(lite, "yes please")
    assert (done.reply, rows(lite)[0].handled_at) == (None, None)
    assert ledger(lite) == ["opt_in"]


def test_a_start_of_nobody_is_told_how_to_join(lite: Site) -> None:
    daily = program(lite)
    assert say(lite, "subscribe").reply == wording.not_joined(daily, "en")
    assert say(lite, "START").reply is None
    assert statuses(lite) == []


def test_a_late_join_is_overtaken_by_a_stop(site: Site) -> None:
    program(site)
    say(site, "STOP", at=make.NOON + timedelta(minutes=1))
    late = say(site, "SMILE", at=make.NOON, now=LATER, way="rest")
    assert (late.reply, statuses(site, ANN)) == (None, [])
    assert "they have left since" in late.reason


def test_a_late_start_is_overtaken_by_a_stop(lite: Site) -> None:
    subscribe(lite, program(lite), status="pending")
    say(lite, "STOP", at=make.NOON + timedelta(seconds=30))
    assert say(lite, "YES", at=make.NOON, now=LATER, way="rest").reply is None
    assert statuses(lite) == ["opted_out"]


def test_a_quick_change_of_mind_counts_when_each_word_comes_at_once(lite: Site) -> None:
    program(lite)
    say(lite, "SMILE")
    say(lite, "please stop", at=make.NOON + timedelta(seconds=1))
    say(lite, "SMILE", at=make.NOON + timedelta(seconds=2))
    assert statuses(lite) == ["active"]


def test_start_ends_a_pause(lite: Site) -> None:
    daily = program(lite, sender=SHORT_CODE)
    subscribe(lite, daily)
    say(lite, "PAUSE", to=SHORT_CODE)
    assert say(lite, "START", to=SHORT_CODE, at=LATER).reply == wording.resumed(daily, "en")
    assert person(lite).paused_until is None


def _asked_for_another(site: Site) -> None:
    """Somebody who has left one program of a sender, and was signed up for another one."""
    subscribe(site, program(site))
    say(site, "please stop")
    subscribe(site, program(site, name="Evening", join_keyword="EVENING"), status="pending")
    assert statuses(site) == ["opted_out", "pending"]


@pytest.mark.parametrize("body", ["YES", "yes please", "Yes!"])
def test_yes_confirms_what_was_asked_and_brings_back_nothing_else(site: Site, body: str) -> None:
    _asked_for_another(site)
    done = say(site, body, at=LATER)
    assert statuses(site) == ["opted_out", "active"]
    assert done.reason.endswith("confirmed")
    say(site, "YES", at=LATER + timedelta(minutes=5))
    assert statuses(site) == ["opted_out", "active"], "and neither when there is nothing to confirm any more"


def test_si_brings_back_nothing_else_on_a_short_code(lite: Site) -> None:
    subscribe(lite, program(lite, sender=SHORT_CODE, language="es"))
    say(lite, "please stop", to=SHORT_CODE)
    subscribe(lite, program(lite, name="Tarde", join_keyword="TARDE", sender=SHORT_CODE, language="es"))
    say(lite, "Sí", to=SHORT_CODE, at=LATER)
    assert statuses(lite) == ["opted_out", "active"]


def test_start_confirms_and_brings_back_everything(lite: Site) -> None:
    _asked_for_another(lite)
    say(lite, "START", at=LATER)
    assert statuses(lite) == ["active", "active"]


def test_a_yes_that_twilio_marks_is_an_answer_all_the_same(lite: Site) -> None:
    _asked_for_another(lite)
    say(lite, "YES", at=LATER, opt_out_type="START", messaging_service_sid=SERVICE)
    assert statuses(lite) == ["opted_out", "active"]


def test_a_form_does_not_unblock(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    say(lite, "STOP")
    with pytest.raises(ConflictError):
        subscribe(lite, daily, status="pending")
    assert statuses(lite) == ["opted_out"]
    assert say(lite, "SMILE", at=LATER).reply == wording.say_start(daily, "en")


def test_join_and_stop_in_the_same_moment_leave_one_of_both(site: Site) -> None:
    program(site)
    say(site, "SMILE")
    threads = [threading.Thread(target=say, args=(site, body)) for body in ("please stop", "SMILE", "9am", "stop it")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(site)) == 5
    assert statuses(site) in (["active"], ["opted_out"])
    assert ledger(site)[:2] == ["opt_in", "opt_out"]
