"""STOP: obeyed at once and for good, said to whomever, by whomever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from giftpulse.daily.inbound import wording
from giftpulse.daily.outbox import notes
from giftpulse.daily.outbox.models import Note
from giftpulse.daily.programs import store
from giftpulse.daily.subscribers.erasing import erase
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site
from tests import make
from tests.daily.inbound.texting import (
    ANN,
    BEN,
    LONG_CODE,
    OTHER,
    SERVICE,
    SHORT_CODE,
    ledger,
    program,
    rows,
    say,
    statuses,
    subscribe,
)

LATER = make.NOON + timedelta(hours=1)


def test_stop_is_obeyed_and_twilio_says_so(site: Site) -> None:
    one = subscribe(site, program(site))
    done = say(site, "STOP")
    assert statuses(site) == ["opted_out"]
    assert (done.reply, done.intent, done.subscriber_id, done.fresh) == (None, "stop", one.id, True)
    assert done.reason == "Twilio's keyword STOP; Twilio answers STOP itself"
    (row,) = rows(site)
    assert (row.reply_by, row.body, row.phone, row.sender) == ("twilio", "STOP", ANN, LONG_CODE)
    assert row.handled_at == make.NOON
    with site.database.read() as session:
        line = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert line is not None
    assert (line.kind, line.source, line.message_sid, line.detail) == (
        "opt_out", "keyword", row.message_sid, "Twilio's keyword STOP",
    )  # fmt: skip


@pytest.mark.parametrize("body", ["please stop", "Opt out", "leave me alone", "no me escriban mas", "désabonner"])
def test_a_stop_in_other_words_is_obeyed_and_confirmed_once_by_us(lite: Site, body: str) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    done = say(lite, body)
    assert statuses(lite) == ["opted_out"]
    assert done.reply == wording.stopped(daily, "en", "SMILE")
    assert say(lite, body).reply is None
    assert rows(lite)[-1].reason.endswith("they had left already")
    assert ledger(lite) == ["opt_in", "opt_out"]


def test_on_a_short_code_we_confirm_even_the_keyword(lite: Site) -> None:
    subscribe(lite, program(lite, sender=SHORT_CODE))
    assert "you are off the list" in (say(lite, "STOP", to=SHORT_CODE).reply or "")


def test_what_twilio_marks_as_a_stop_is_one_whatever_the_words(lite: Site) -> None:
    subscribe(lite, program(lite))
    done = say(lite, "BASTA YA", opt_out_type="STOP", messaging_service_sid=SERVICE)
    assert statuses(lite) == ["opted_out"]
    assert (done.reply, rows(lite)[0].reply_by) == (None, "twilio")


def test_the_confirmation_is_in_the_language_of_the_person(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily, language="es")
    assert say(lite, "por favor no me escriban mas").reply == wording.stopped(daily, "es", "SMILE")


def test_a_stop_ends_what_comes_from_that_sender_and_leaves_the_other(site: Site) -> None:
    subscribe(site, program(site))
    subscribe(site, program(site, name="Evening", join_keyword="EVENING", sender=OTHER))
    say(site, "STOP", to=OTHER)
    assert statuses(site) == ["active", "opted_out"]


def test_two_programs_of_one_sender_end_together(site: Site) -> None:
    subscribe(site, program(site))
    subscribe(site, program(site, name="Evening", join_keyword="EVENING"))
    assert say(site, "stop texting me").reply is not None
    assert statuses(site) == ["opted_out", "opted_out"]
    assert ledger(site) == ["opt_in", "opt_in", "opt_out", "opt_out"]


def test_a_stop_to_a_number_that_we_do_not_know_ends_everything(lite: Site) -> None:
    subscribe(lite, program(lite))
    subscribe(lite, program(lite, name="Evening", join_keyword="EVENING", sender=OTHER))
    say(lite, "STOP", to="+15005559999")
    assert statuses(lite) == ["opted_out", "opted_out"]


def test_a_stop_ends_a_deleted_program_too(lite: Site) -> None:
    daily = program(lite)
    subscribe(lite, daily)
    with lite.database.begin() as session:
        store.delete(session, daily.id, make.NOON)
    assert say(lite, "please stop").reply is None
    assert statuses(lite) == ["opted_out"]


def test_the_sender_of_the_settings_and_its_service_are_a_programs_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = make.sqlite_url(tmp_path_factory.mktemp("default"))
    site = make.site(url, twilio_from_number=LONG_CODE, twilio_messaging_service_sid=SERVICE)
    subscribe(site, program(site, sender=None))
    subscribe(site, program(site, name="Evening", join_keyword="EVENING", sender=OTHER))
    say(site, "STOP", to="+15005550099", messaging_service_sid=SERVICE)
    assert statuses(site) == ["opted_out", "active"]
    assert say(site, "SMILE", BEN).intent == "join"
    site.close()


def test_a_strangers_stop_is_remembered_and_no_import_brings_them_in(site: Site) -> None:
    daily = program(site)
    done = say(site, "please stop", BEN)
    assert done.reply == wording.stopped(daily, "en", "SMILE")
    assert (done.subscriber_id, done.program_id) == (None, daily.id)
    assert say(site, "stop", BEN).reply is None
    assert ledger(site) == ["opt_out"]
    with site.database.begin() as session:
        imported = Consent(kind="opt_in", source="import", by="people.csv", at=LATER)
        with pytest.raises(ConflictError, match="sent STOP before"):
            join(session, site, daily, BEN, imported, LATER)


def test_a_stop_with_no_program_at_all_is_remembered_and_not_answered(lite: Site) -> None:
    done = say(lite, "please stop", BEN)
    assert (done.reply, done.program_id, done.intent) == (None, None, "stop")
    assert ledger(lite) == ["opt_out"]


def test_a_stop_of_somebody_who_was_erased_brings_no_number_back(lite: Site) -> None:
    one = subscribe(lite, program(lite))
    with lite.database.begin() as session:
        erase(session, session.get_one(Subscriber, one.id), "test", make.NOON)
    assert say(lite, "please stop").reply is None
    assert ledger(lite) == ["opt_in", "erased"]


def test_a_stop_ends_a_pending_and_a_suppressed_one_too(lite: Site) -> None:
    subscribe(lite, program(lite), status="pending")
    assert say(lite, "stop it please").reply is not None
    assert statuses(lite) == ["opted_out"]


def test_what_waits_in_the_outbox_for_them_does_not_go_out(site: Site) -> None:
    daily = program(site)
    one = subscribe(site, daily)
    with site.database.begin() as session:
        for key, phone, sender, of in (
            ("welcome", ANN, LONG_CODE, daily.id), ("elsewhere", ANN, OTHER, None), ("ben", BEN, LONG_CODE, daily.id),
        ):  # fmt: skip
            notes.write(session, key=key, sender=sender, phone=phone, body="Hello", now=make.NOON,
                        expires=timedelta(hours=1), program_id=of, subscriber_id=one.id)  # fmt: skip
    say(site, "STOP")
    with site.database.read() as session:
        states = {note.key: note.state for note in session.scalars(select(Note))}
    assert states == {"welcome": "skipped", "elsewhere": "planned", "ben": "planned"}


def test_what_comes_from_no_phone_number_is_kept_and_not_answered(lite: Site) -> None:
    program(lite)
    for phone in ("732873", "whatsapp:+13035550123", "AcmeBank", "+999123456789"):
        done = say(lite, "please stop", phone)
        assert (done.reply, done.intent) == (None, "stop")
    assert ledger(lite) == []
    assert len(rows(lite)) == 4


def test_a_late_stop_is_overtaken_by_a_later_word(site: Site) -> None:
    daily = program(site)
    subscribe(site, daily)
    say(site, "please stop", at=make.NOON)
    say(site, "SMILE", at=make.NOON + timedelta(minutes=10), now=make.NOON + timedelta(minutes=10))
    assert statuses(site) == ["active"]
    late = say(site, "STOP", at=make.NOON + timedelta(minutes=5), now=LATER, way="rest")
    assert (late.reply, statuses(site)) == (None, ["active"])
    assert "joined again since" in late.reason


def test_a_late_stop_beats_an_import_that_came_after_it(lite: Site) -> None:
    daily = program(lite)
    with lite.database.begin() as session:
        imported = Consent(kind="opt_in", source="import", by="people.csv", at=LATER)
        join(session, lite, daily, ANN, imported, LATER)
    say(lite, "STOP", at=make.NOON, now=LATER + timedelta(minutes=5), way="rest")
    assert statuses(lite) == ["opted_out"]


def test_stop_by_rcs_is_a_stop_of_the_number(site: Site) -> None:
    """A messaging service with an RCS sender texts plain numbers by RCS first, and people answer by it."""
    subscribe(site, program(site, sender=SERVICE))
    done = say(site, "stop it", f"rcs:{ANN}", "rcs:daily_smile_agent", messaging_service_sid=SERVICE)
    assert statuses(site) == ["opted_out"]
    assert done.reply is not None
    (row,) = rows(site)
    assert (row.phone, row.sender) == (ANN, SERVICE), "whoever answers from the inbox texts the number"


def test_stop_by_rcs_without_a_service_ends_all_of_the_number(site: Site) -> None:
    subscribe(site, program(site))
    say(site, "STOP", f"rcs:{ANN}", "rcs:daily_smile_agent")
    assert statuses(site) == ["opted_out"]


def test_a_stranger_can_join_by_rcs(site: Site) -> None:
    program(site, sender=SERVICE)
    say(site, "SMILE", f"rcs:{ANN}", "rcs:daily_smile_agent", messaging_service_sid=SERVICE, from_zip="80202")
    assert statuses(site) == ["active"]
