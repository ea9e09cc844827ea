"""One answer to one text: once, written down, and none to machines; and danger, which a person must hear of."""

import json
import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse.daily.inbound import wording
from giftpulse.daily.inbound.alarm import DANGER, DANGER_RULE, alarm_sid
from giftpulse.daily.inbound.answer import LOOP_WINDOW, MOST_REPLIES
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogEntry
from giftpulse.monitor import rounds
from giftpulse.monitor.alerts.models import Alert
from giftpulse.monitor.rules import store as rules
from tests import make
from tests.daily.inbound.texting import (
    ANN,
    BEN,
    OTHER,
    heard,
    ledger,
    program,
    rows,
    say,
    statuses,
    subscribe,
    told,
)

IN_DANGER = "I want to kill myself"


def test_a_text_that_is_told_twice_is_answered_once(site: Site) -> None:
    program(site)
    text = heard("SMILE")
    first, second = told(site, text), told(site, text, now=make.NOON + timedelta(seconds=9))
    assert (first.fresh, second.fresh, second.reply) == (True, False, None)
    assert (second.program_id, second.subscriber_id, second.intent, second.reason) == (
        first.program_id, first.subscriber_id, "join", first.reason,
    )  # fmt: skip
    assert len(rows(site)) == 1
    assert ledger(site) == ["opt_in"]


def test_a_text_that_is_told_twice_in_the_same_moment_is_answered_once(site: Site) -> None:
    program(site)
    text, found = heard("SMILE"), []
    threads = [threading.Thread(target=lambda: found.append(told(site, text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done.reply is not None for done in found) == [False, False, False, True]
    assert ledger(site) == ["opt_in"]


def test_what_asks_for_nothing_goes_to_the_inbox_with_how_it_sounds(site: Site) -> None:
    one = subscribe(site, program(site))
    for body in ("Thank you, this made my day!", "this is terrible", "we have rain here", "don't stop!"):
        assert say(site, body).reply is None
    found = rows(site)
    assert [row.sentiment for row in found] == ["positive", "negative", "neutral", found[3].sentiment]
    assert {(row.intent, row.handled_at, row.subscriber_id, row.reply_by) for row in found} == {
        ("other", None, one.id, "none")
    }
    assert statuses(site) == ["active"]


def test_bodies_are_kept_only_where_they_may_be(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make.site(make.sqlite_url(tmp_path_factory.mktemp("discreet")), store_bodies=False)
    daily = program(site)
    assert say(site, "SMILE").reply == wording.welcome(daily, "en")
    (row,) = rows(site)
    assert (row.body, row.reply, row.reply_by) == (None, None, "twiml")
    site.close()


def test_many_replies_to_one_number_end_a_conversation_of_machines(site: Site) -> None:
    daily = program(site)
    at = make.NOON
    for _ in range(MOST_REPLIES):
        assert say(site, "9am", at=at).reply == wording.not_joined(daily, "en")
        at += timedelta(seconds=20)
    silent = say(site, "9am", at=at)
    assert (silent.reply, rows(site)[-1].reply_by) == (None, "none")
    assert silent.reason.endswith("not answered: it had 10 replies within 10 minutes")
    assert say(site, "9am", BEN, at=at).reply is not None
    assert say(site, "9am", at=at + LOOP_WINDOW).reply is not None


def test_a_stop_is_obeyed_even_where_we_are_silent(lite: Site) -> None:
    subscribe(lite, program(lite))
    for _ in range(MOST_REPLIES):
        say(lite, "name Anna")
    assert say(lite, "please stop").reply is None
    assert statuses(lite) == ["opted_out"]


def test_a_text_that_is_too_old_is_obeyed_and_not_answered(lite: Site) -> None:
    subscribe(lite, program(lite))
    done = say(lite, "please stop", way="none", now=make.NOON + timedelta(days=2))
    assert (done.reply, statuses(lite)) == (None, ["opted_out"])
    assert done.reason.endswith("too old to be answered")


def test_somebody_in_danger_is_answered_with_the_helpline_and_stands_in_the_inbox(site: Site) -> None:
    subscribe(site, program(site, helpline="Please call 988 now."))
    assert say(site, IN_DANGER).reply == "Please call 988 now."
    (row,) = rows(site)
    assert (row.danger, row.sentiment, row.handled_at, row.reply_by) == (True, "negative", None, "twiml")


def test_where_a_program_has_no_helpline_ours_is_given(lite: Site) -> None:
    daily = program(lite, language="es")
    assert say(lite, "me quiero morir").reply == wording.helpline(daily, "es")


def test_whoever_is_in_danger_and_says_stop_gets_both(lite: Site) -> None:
    daily = program(lite, helpline="Please call 988 now.")
    subscribe(lite, daily)
    reply = say(lite, "stop texting me, I want to kill myself").reply
    assert statuses(lite) == ["opted_out"]
    assert reply == f"Please call 988 now.\n\n{wording.stopped(daily, 'en', 'SMILE')}"


def test_a_person_hears_of_danger_by_an_ordinary_rule(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    rounds.enrol(site)
    program(site)
    with site.database.begin() as session:
        rules.create(session, dict(DANGER_RULE), make.NOON)
    text = heard(IN_DANGER)
    with caplog.at_level(logging.WARNING):
        told(site, text)
        told(site, text)
    while rounds.watch(site):
        pass
    with site.database.read() as session:
        (entry,) = session.scalars(select(LogEntry))
        (alert,) = session.scalars(select(Alert))
    assert (entry.kind, entry.sid, entry.log_level, entry.text) == (
        "alert",
        alarm_sid(text.message_sid),
        "error",
        DANGER,
    )
    assert (entry.account_sid, entry.resource_sid, entry.error_code) == (make.ACCOUNT, text.message_sid, None)
    assert entry.event_at == make.NOON
    assert (alert.severity, alert.count) == ("critical", 1)
    assert DANGER in caplog.text
    assert "kill" not in caplog.text
    assert "kill" not in json.dumps([entry.text, entry.raw, alert.summary])


def test_two_people_in_danger_are_two_alerts(lite: Site) -> None:
    rounds.enrol(lite)
    with lite.database.begin() as session:
        rules.create(session, dict(DANGER_RULE), make.NOON)
    say(lite, IN_DANGER, ANN)
    say(lite, IN_DANGER, BEN, to=OTHER)
    while rounds.watch(lite):
        pass
    with lite.database.read() as session:
        assert len(session.scalars(select(Alert)).all()) == 2


def test_the_sid_of_an_alarm_looks_like_twilios() -> None:
    sid = alarm_sid("SM1")
    assert sid.startswith("NO")
    assert len(sid) == 34
    assert sid != alarm_sid("SM2")


@pytest.mark.parametrize("changes", [{"phone": "732873"}, {"phone": "AcmeBank"}, {"phone": "whatsapp:+13035550123"}])
def test_what_is_no_phone_number_is_never_answered(lite: Site, changes: dict[str, Any]) -> None:
    program(lite)
    for body in ("9am", "SMILE", "help me", IN_DANGER):
        assert told(lite, heard(body, **changes)).reply is None
    assert ledger(lite) == []
