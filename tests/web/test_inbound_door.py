"""The inbound door over real HTTP: obeyed, committed, then answered; once, in time, and never in other words."""

import json
import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert, select

from giftpulse.daily.inbound import listen, wording
from giftpulse.daily.outbox.models import Delivery, Note
from giftpulse.daily.programs.models import Program
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogChange, LogEntry
from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN, MARKETING, SimulatorConfig, Webhooks, running
from giftpulse.twilio.signature import sign
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
    statuses,
    subscribe,
)
from tests.service import Service, serving


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    listen.enrol(site)
    with serving(site) as running_service:
        yield running_service


@pytest.fixture
def small(lite: Site) -> Iterator[Service]:
    """The same on SQLite, where the database does not matter."""
    with serving(lite) as running_service:
        yield running_service


def form_of(body: str, phone: str = ANN, to: str = LONG_CODE, **more: str) -> dict[str, str]:
    given = {"MessageSid": make.sid(), "AccountSid": make.ACCOUNT, "From": phone, "To": to, "Body": body}
    return {**given, "NumSegments": "1", "SmsStatus": "received", **more}


def post(service: Service, form: dict[str, str]) -> list[str | None]:
    """One signed webhook; answers what the TwiML says."""
    url = f"{service.url}/webhook/inbound"
    headers = {"X-Twilio-Signature": sign(make.TOKEN, url, form)}
    with urlopen(Request(url, data=urlencode(form).encode(), headers=headers, method="POST"), timeout=10) as told:
        assert (told.status, told.headers["content-type"]) == (200, "text/xml")
        root = ET.fromstring(told.read())  # our own
    assert root.tag == "Response"
    return [child.text for child in root]


def test_a_person_joins_and_is_welcomed_in_the_answer(service: Service) -> None:
    daily = program(service.site)
    form = form_of("SMILE", FromState="CO", FromZip="80202")
    assert post(service, form) == [wording.welcome(daily, "en")]
    assert statuses(service.site) == ["active"]
    with service.site.database.read() as session:
        entry = session.scalars(select(LogEntry)).one()
    assert (entry.sid, entry.body) == (form["MessageSid"], "SMILE")


def test_what_twilio_sends_again_is_not_answered_again(service: Service) -> None:
    program(service.site)
    form = form_of("SMILE")
    assert len(post(service, form)) == 1
    assert post(service, form) == []
    assert post(service, form) == []
    assert (len(rows(service.site)), ledger(service.site)) == (1, ["opt_in"])


def test_two_programs_on_two_senders_are_two_conversations(service: Service) -> None:
    morning = program(service.site)
    evening = program(service.site, name="Evening", join_keyword="EVENING", sender=OTHER)
    assert post(service, form_of("SMILE")) == [wording.welcome(morning, "en")]
    assert post(service, form_of("EVENING", to=OTHER)) == [wording.welcome(evening, "en")]
    assert post(service, form_of("please stop", to=OTHER)) == [wording.stopped(evening, "en", "EVENING")]
    assert statuses(service.site) == ["active", "opted_out"]


def test_where_twilio_has_answered_we_say_nothing_and_obey(service: Service) -> None:
    subscribe(service.site, program(service.site, sender=SERVICE))
    marked = form_of("BASTA", OptOutType="STOP", MessagingServiceSid=SERVICE)
    assert post(service, marked) == []
    assert statuses(service.site) == ["opted_out"]
    assert post(service, form_of("VUELVO", OptOutType="START", MessagingServiceSid=SERVICE)) == []
    assert statuses(service.site) == ["active"]


def test_a_reply_is_escaped(small: Service) -> None:
    program(small.site, help_contact="Ann & Ben <help@example.org>")
    (reply,) = post(small, form_of("HELP", to=LONG_CODE, Body="help please"))
    assert "Ann & Ben <help@example.org>" in (reply or "")


def test_an_answer_that_fails_is_an_empty_one_and_healed_by_the_record(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = program(service.site)

    def breaks(*_args: object, **_more: object) -> None:
        raise RuntimeError("not now")

    with monkeypatch.context() as patched:
        patched.setattr("giftpulse.daily.inbound.door.answer", breaks)
        form = form_of("SMILE")
        assert post(service, form) == []
    assert statuses(service.site) == []
    with clock.stopped(clock.now() + listen.GRACE):
        listen.listen(service.site)
    assert statuses(service.site) == ["active"]
    with service.site.database.read() as session:
        note = session.scalars(select(Note)).one()
    assert (note.key, note.body) == (f"reply:{form['MessageSid']}", wording.welcome(daily, "en"))
    assert post(service, form) == []


def test_where_bodies_are_not_stored_they_are_heard_all_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make.site(make.sqlite_url(tmp_path_factory.mktemp("discreet")), store_bodies=False)
    subscribe(site, program(site))
    with serving(site) as service:
        assert len(post(service, form_of("please stop"))) == 1
    assert statuses(site) == ["opted_out"]
    with site.database.read() as session:
        (entry,), (change,) = session.scalars(select(LogEntry)).all(), session.scalars(select(LogChange)).all()
    assert (entry.body, rows(site)[0].body) == (None, None)
    assert "please" not in (entry.raw or "") + (change.said or "")
    site.close()


def test_a_message_without_a_sid_is_kept_aside_and_not_answered(small: Service) -> None:
    program(small.site)
    form = form_of("SMILE")
    del form["MessageSid"]
    assert post(small, form) == []
    assert rows(small.site) == []


@pytest.mark.parametrize("query", ["delivery=17", "delivery=17&x=a%20b", "%3Cdelivery%3E"])
def test_the_query_of_a_callbacks_address_is_kept_with_its_words(small: Service, query: str) -> None:
    form = {"MessageSid": make.sid(), "MessageStatus": "sent", "AccountSid": make.ACCOUNT}
    assert small.webhook(f"/webhook/status?{query}", form) == 204
    with small.site.database.read() as session:
        change = session.scalars(select(LogChange)).one()
    words = json.loads(change.said or "")
    assert words["?"] == query
    assert words["MessageStatus"] == "sent"


def test_a_callback_without_a_query_has_none(small: Service) -> None:
    assert small.webhook("/webhook/status", {"MessageSid": make.sid(), "MessageStatus": "sent"}) == 204
    with small.site.database.read() as session:
        assert "?" not in json.loads(session.scalars(select(LogChange)).one().said or "")


def test_a_stop_is_obeyed_within_a_second_beside_many_planned_texts(service: Service) -> None:
    daily = program(service.site)
    one = subscribe(service.site, daily)
    with service.site.database.begin() as session:
        session.execute(insert(Delivery), [planned(daily, number) for number in range(20_000)])
    began = time.monotonic()
    assert post(service, form_of("please stop")) == [wording.stopped(daily, "en", "SMILE")]
    took = time.monotonic() - began
    assert statuses(service.site) == ["opted_out"]
    assert rows(service.site)[0].subscriber_id == one.id
    assert took < 1


def planned(daily: Program, number: int) -> dict[str, object]:
    return {
        "id": number + 1, "program_id": daily.id, "subscriber_id": number + 10, "audience_id": 1,
        "local_date": make.NOON.date(), "send_at": make.NOON, "window_end": make.NOON, "state": "planned",
        "attempts": 0,
    }  # fmt: skip


def has(site: Site, sid: str) -> bool:
    return sid in [row.message_sid for row in rows(site)]


def test_a_whole_conversation_with_a_simulated_twilio(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Joining, a wish, STOP and START, with the replies that the person gets."""
    with running(SimulatorConfig(speed=1000)) as twilio:
        site = make.site(
            make.sqlite_url(tmp_path_factory.mktemp("story")), twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=AUTH_TOKEN, twilio_api_url=twilio.url, twilio_monitor_url=twilio.url,
        )  # fmt: skip
        daily = program(site, sender=MARKETING)
        with serving(site) as service:
            twilio.point(Webhooks(inbound=f"{service.url}/webhook/inbound"))
            for body in ("SMILE", "9am", "STOP", "SMILE", "START", "help please"):
                sid = twilio.receive(BEN, "+12065550111", body)
                service.eventually(partial(has, site, sid))
        assert statuses(site, BEN) == ["active"]
        assert [row.reply_by for row in rows(site)] == ["twiml", "twiml", "twilio", "twiml", "twilio", "twiml"]
        assert rows(site)[-1].reply == wording.help_text(daily, "en")
        site.close()


def test_on_a_short_code_even_help_is_ours(small: Service) -> None:
    daily = program(small.site, sender=SHORT_CODE)
    assert post(small, form_of("HELP", to=SHORT_CODE)) == [wording.help_text(daily, "en")]


def test_an_installation_without_programs_answers_nobody(small: Service) -> None:
    for body in ("Hello", "STOP", "please stop", "HELP", "I want to kill myself"):
        assert post(small, form_of(body)) == []
    assert [row.intent for row in rows(small.site)] == ["other", "stop", "stop", "help", "other"]
