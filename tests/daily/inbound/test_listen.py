"""Texts whose webhook was lost, or could not be answered: found in the record, obeyed, and answered by a note."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from giftpulse.daily.inbound import listen, wording
from giftpulse.daily.inbound.answer import answer
from giftpulse.daily.outbox.models import Note
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import pushed, store
from giftpulse.logs.entry import Entry
from giftpulse.logs.models import LogOwed
from tests import make
from tests.daily.inbound.texting import (
    ANN,
    BEN,
    LONG_CODE,
    SERVICE,
    heard,
    ledger,
    program,
    rows,
    say,
    statuses,
    subscribe,
    told,
)


@pytest.fixture(autouse=True)
def stopped() -> Iterator[clock.Stopped]:
    with clock.stopped(make.NOON) as time:
        yield time


@pytest.fixture
def site(site: Site) -> Site:
    listen.enrol(site)
    listen.enrol(site)
    return site


@pytest.fixture
def lite(lite: Site) -> Site:
    listen.enrol(lite)
    return lite


def polled(site: Site, body: str | None, phone: str = ANN, **changes: Any) -> str:
    """A poll shows an inbound message; answers its SID."""
    record = make.message(direction="inbound", status="received", body=body, to=LONG_CODE, **{"from": phone}, **changes)
    make.take(site, record, now=clock.now())
    return str(record["sid"])


def pushed_text(site: Site, body: str, **more: str) -> str:
    """A webhook is in the record, and was not answered."""
    sid = make.sid()
    form = {"MessageSid": sid, "AccountSid": make.ACCOUNT, "From": ANN, "To": LONG_CODE, "Body": body, **more}
    with site.database.begin() as session:
        store.write(session, [pushed.of_inbound(form)], "inbound", clock.now())
    return sid


def notes_of(site: Site) -> list[Note]:
    with site.database.read() as session:
        return list(session.scalars(select(Note).order_by(Note.id)))


def owed(site: Site) -> int:
    with site.database.read() as session:
        return len(session.scalars(select(LogOwed).where(LogOwed.reader == listen.READER)).all())


def hear_all(site: Site) -> None:
    while listen.listen(site):
        pass


def test_what_the_poll_finds_unanswered_is_answered_by_a_note(site: Site) -> None:
    daily = program(site)
    sid = polled(site, "SMILE")
    assert listen.listen(site)
    assert statuses(site) == ["active"]
    (note,) = notes_of(site)
    assert (note.key, note.state, note.sender, note.phone) == (f"reply:{sid}", "planned", LONG_CODE, ANN)
    assert note.body == wording.welcome(daily, "en")
    assert (note.send_at, note.expires_at) == (make.NOON, make.NOON + timedelta(minutes=10))
    assert (note.program_id, note.subscriber_id) == (daily.id, rows(site)[0].subscriber_id)
    assert rows(site)[0].reply_by == "rest"
    assert not listen.listen(site)
    assert owed(site) == 0


def test_a_stop_that_only_the_poll_knows_of_is_obeyed(site: Site) -> None:
    subscribe(site, program(site))
    polled(site, "STOP", at=make.NOON - timedelta(minutes=4))
    hear_all(site)
    assert (statuses(site), notes_of(site)) == (["opted_out"], [])


def test_what_the_door_has_answered_is_not_answered_again(site: Site) -> None:
    program(site)
    sid = pushed_text(site, "SMILE")
    told(site, heard("SMILE", message_sid=sid))
    polled(site, "SMILE", sid=sid)
    hear_all(site)
    assert (len(rows(site)), notes_of(site), owed(site)) == (1, [], 0)
    assert ledger(site) == ["opt_in"]


def test_a_webhook_is_left_to_its_door_first(site: Site, stopped: clock.Stopped) -> None:
    program(site)
    sid = pushed_text(site, "SMILE", OptOutType="START")
    assert not listen.listen(site)
    assert (rows(site), owed(site)) == ([], 1)
    stopped.move(seconds=listen.GRACE.total_seconds() + 1)
    assert listen.listen(site)
    (row,) = rows(site)
    assert (row.message_sid, row.intent, row.reply_by) == (sid, "join", "twilio")
    assert (notes_of(site), owed(site)) == ([], 0)


def test_a_poll_beside_a_webhook_waits_for_no_door(site: Site) -> None:
    program(site)
    pushed_text(site, "SMILE")
    polled(site, "SMILE", BEN)
    hear_all(site)
    assert (statuses(site), statuses(site, BEN), owed(site)) == ([], ["active"], 1)


def test_a_text_of_the_day_before_is_obeyed_and_not_answered(lite: Site) -> None:
    subscribe(lite, program(lite))
    polled(lite, "please stop", at=make.NOON - timedelta(hours=25))
    polled(lite, "please stop", BEN, at=make.NOON - timedelta(hours=23))
    hear_all(lite)
    assert statuses(lite) == ["opted_out"]
    assert [note.phone for note in notes_of(lite)] == [BEN]


def test_a_stop_that_came_later_than_a_join_that_was_lost_stands(site: Site, stopped: clock.Stopped) -> None:
    program(site)
    stopped.move(minutes=5)
    say(site, "STOP", at=make.NOON + timedelta(minutes=2))
    polled(site, "SMILE", at=make.NOON)
    hear_all(site)
    assert (statuses(site), notes_of(site)) == ([], [])


def test_other_messages_and_other_readers_are_none_of_its_business(lite: Site) -> None:
    program(lite)
    make.take(lite, make.message(body="SMILE", to=ANN, **{"from": LONG_CODE}))
    make.take(lite, make.call(), kind="call")
    hear_all(lite)
    assert (rows(lite), owed(lite)) == ([], 0)


def test_a_history_that_was_fetched_is_not_answered(lite: Site) -> None:
    program(lite)
    record = make.message(direction="inbound", status="received", body="SMILE", to=LONG_CODE, **{"from": ANN})
    with lite.database.begin() as session:
        entries = [Entry(account_sid=make.ACCOUNT, sid=record["sid"], kind="message", direction="inbound",
                                body="SMILE", from_=ANN, to=LONG_CODE, event_at=make.NOON)]  # fmt: skip
        store.write(session, entries, "backfill", make.NOON, history=True)
    hear_all(lite)
    assert rows(lite) == []


def test_a_text_of_which_only_an_event_is_known_waits_for_its_words(site: Site, stopped: clock.Stopped) -> None:
    program(site)
    sid = make.sid()
    event = {"type": "com.twilio.messaging.inbound-message.received", "id": "EZ1",
             "data": {"messageSid": sid, "accountSid": make.ACCOUNT, "from": ANN, "to": LONG_CODE}}  # fmt: skip
    ((_, entry),) = pushed.of_events(make.row(event))
    assert isinstance(entry, Entry)
    with site.database.begin() as session:
        store.write(session, [entry], "events", clock.now())
    stopped.move(minutes=1)
    hear_all(site)
    assert (rows(site), owed(site)) == ([], 0)
    polled(site, "SMILE", sid=sid)
    hear_all(site)
    assert statuses(site) == ["active"]


def test_one_text_that_cannot_be_answered_holds_up_no_other(site: Site, stopped: clock.Stopped) -> None:
    program(site)
    polled(site, "SMILE", ANN)
    polled(site, "SMILE", BEN)

    def breaks(session: Any, at: Site, text: Any, now: Any, **more: Any) -> Any:
        if text.phone == ANN:
            raise RuntimeError("the one that breaks")
        return answer(session, at, text, now, **more)

    with patch.object(listen, "answer", breaks):
        hear_all(site)
    assert (statuses(site), statuses(site, BEN), owed(site)) == ([], ["active"], 1)
    assert not listen.listen(site)
    stopped.move(minutes=3)
    hear_all(site)
    assert (statuses(site), owed(site)) == (["active"], 0)


def test_a_claim_is_given_back_when_nothing_can_be_done(lite: Site) -> None:
    polled(lite, "SMILE")
    with patch.object(listen, "unanswered", side_effect=RuntimeError("no database")), pytest.raises(RuntimeError):
        listen.listen(lite)
    program(lite)
    hear_all(lite)
    assert statuses(lite) == ["active"]


def test_an_answer_goes_through_the_service_that_was_written_to(lite: Site) -> None:
    program(lite, sender=SERVICE)
    polled(lite, "SMILE", messaging_service_sid=SERVICE)
    hear_all(lite)
    assert [note.sender for note in notes_of(lite)] == [SERVICE]


def test_a_number_of_which_no_service_is_known_may_belong_to_a_programs_own(lite: Site) -> None:
    daily = program(lite, sender=SERVICE)
    polled(lite, "SMILE")
    hear_all(lite)
    assert statuses(lite) == ["active"]
    assert rows(lite)[0].program_id == daily.id
