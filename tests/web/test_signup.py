"""The sign-up page: anybody may use it, and nobody can do harm with it."""

import html
import itertools
import re
from collections.abc import Iterator
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import signup_limits
from giftpulse.daily.subscribers.asking import asked, pending_to_ask
from giftpulse.daily.subscribers.erasing import erase
from giftpulse.daily.subscribers.join import ASK, join
from giftpulse.daily.subscribers.leave import leave
from giftpulse.daily.subscribers.ledger import Consent, wording_version
from giftpulse.daily.subscribers.models import ConsentEvent, Subscriber
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from tests.daily.subscribers import people
from tests.service import Service, serving
from tests.web.plain import Answer, send

PHONE = "+13035550123"
FORM = "application/x-www-form-urlencoded"
PATH = "/join/daily-positivity"


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with site.database.begin() as session:
        people.program(session, clock.now(), brand="Kind & Co", description="One <b>kind</b> text")
    with serving(site) as running:
        yield running


def page(service: Service) -> str:
    answer = send(service, "GET", PATH, headers={})
    assert answer.status == 200
    return answer.body.decode()


def version(service: Service) -> str:
    (found,) = re.findall(r'name="version" value="(\w+)"', page(service))
    return str(found)


def sign_up(service: Service, *, content_type: str = FORM, sender: str = "203.0.113.9", **fields: str) -> Answer:
    form = {"phone": PHONE, "agree": "yes", "version": version(service), **fields}
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Mozilla/5.0 (Test)",
        "X-Forwarded-For": f"6.6.6.6, {sender}",
    }
    return send(service, "POST", PATH, urlencode(form).encode(), headers)


def stored(service: Service) -> list[Subscriber]:
    with service.site.database.read() as session:
        return list(session.scalars(select(Subscriber).order_by(Subscriber.id)))


def ledger(service: Service) -> list[ConsentEvent]:
    with service.site.database.read() as session:
        return list(session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)))


def test_the_page_says_what_carriers_ask_for(service: Service) -> None:
    said = html.unescape(page(service))
    for words in ("Daily Positivity", "Kind & Co", "one message a day", "Msg & data rates may apply", "HELP", "STOP"):
        assert words in said
    assert "One &lt;b&gt;kind" in page(service), "what operators write is text, not markup"
    box = re.findall(r'<input type="checkbox"[^>]*>', said)
    assert len(box) == 1
    assert "checked" not in box[0]


def test_the_page_needs_nothing_from_elsewhere(service: Service) -> None:
    answer = send(service, "GET", PATH, headers={})
    text = answer.body.decode()
    assert not re.search(r'(src|href)="|url\(|@import|https?://', text)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", policy)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_signing_up_waits_for_a_yes_and_keeps_the_proof(service: Service) -> None:
    heard: list[str] = []
    service.site.bulletin.listen(ASK, lambda: heard.append(ASK))
    answer = sign_up(service, first_name=" Ann ", timezone="Europe/Berlin", phone="(303) 555-0123")
    assert answer.status == 200
    assert "YES" in answer.body.decode()
    (one,) = stored(service)
    assert (one.phone, one.status, one.first_name, one.timezone) == (PHONE, "pending", "Ann", "Europe/Berlin")
    assert one.moved is False
    (line,) = ledger(service)
    assert (line.kind, line.source, line.by, line.ip) == ("opt_in", "form", PHONE, "203.0.113.9")
    assert line.user_agent == "Mozilla/5.0 (Test)"
    assert line.wording is not None
    assert line.wording in html.unescape(page(service)), "to the letter what was shown"
    assert line.wording_version == wording_version(line.wording) == version(service)
    assert heard == [ASK]


def test_an_unknown_zone_of_a_browser_does_no_harm(service: Service) -> None:
    assert sign_up(service, timezone="Mars/Olympus").status == 200
    assert stored(service)[0].timezone == "America/Denver"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": "12"}, "Please give a mobile number"),
        ({"agree": ""}, "Please tick the box"),
        ({"agree": "no"}, "Please tick the box"),
        ({"version": "0123456789ab"}, "These words have changed"),
        ({"first_name": "x" * 61}, "shorter name"),
    ],
)
def test_what_is_wrong_is_said_on_the_form(service: Service, fields: dict[str, str], words: str) -> None:
    answer = sign_up(service, **{"first_name": 'An"n', **fields})
    assert answer.status == 422
    assert words in answer.body.decode()
    if "first_name" not in fields:
        assert 'value="An&#34;n"' in answer.body.decode(), "what was filled in is there still"
    assert stored(service) == []


def test_the_answer_does_not_tell_who_is_known(service: Service) -> None:
    with service.site.database.begin() as session:
        program = session.scalars(select(Program)).one()
        for phone, status in ((PHONE, "active"), ("+13035550124", "pending")):
            consent = Consent("opt_in", "keyword", phone, clock.now())
            join(session, service.site, program, phone, consent, clock.now(), status=status)  # type: ignore[arg-type]
    known = {sign_up(service, phone=phone).body for phone in (PHONE, "+13035550124", "+13035550125")}
    again = {sign_up(service, phone=phone).body for phone in (PHONE, "+13035550124", "+13035550125")}
    assert len(known | again) == 1


def test_an_active_person_is_not_touched(service: Service) -> None:
    sign_up(service)
    with service.site.database.begin() as session:
        one = session.scalars(select(Subscriber)).one()
        one.status = "active"
    assert sign_up(service, first_name="Mallory", timezone="Asia/Tokyo").status == 200
    (one,) = stored(service)
    assert (one.status, one.first_name, one.timezone) == ("active", None, "America/Denver")
    assert len(ledger(service)) == 1


@pytest.mark.parametrize("way", ["left", "erased"])
def test_a_form_changes_nothing_for_who_has_left_and_does_not_tell(service: Service, way: str) -> None:
    usual = sign_up(service)
    with service.site.database.begin() as session:
        one = session.scalars(select(Subscriber)).one()
        consent = Consent("opt_out", "keyword", PHONE, clock.now())
        if way == "left":
            leave(session, [one], consent, clock.now())
        else:
            erase(session, one, "test", clock.now())
    before, heard = [(line.kind, line.phone) for line in ledger(service)], list[str]()
    service.site.bulletin.listen(ASK, lambda: heard.append(ASK))
    answer = sign_up(service, first_name="Mallory")
    assert (answer.status, answer.body) == (usual.status, usual.body)
    assert b"If you have left" in answer.body
    (one,) = stored(service)
    assert (one.status, one.first_name) == ("opted_out" if way == "left" else "erased", None)
    assert ([(line.kind, line.phone) for line in ledger(service)], heard) == (before, [])


def test_a_number_is_signed_up_three_times_a_day_at_most(service: Service) -> None:
    answers = [sign_up(service, sender=f"203.0.113.{n}") for n in range(5)]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1, "nobody learns that the limit was reached"
    assert len(ledger(service)) == 3


def test_an_address_signs_up_ten_numbers_an_hour_at_most(service: Service) -> None:
    statuses = [sign_up(service, phone=f"+130355501{n:02}").status for n in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert sign_up(service, phone="+13035550150", sender="203.0.113.10").status == 200
    assert len(stored(service)) == 11


def test_a_program_takes_so_many_sign_ups_an_hour_from_wherever_they_come(service: Service) -> None:
    with patch.object(signup_limits, "PER_PROGRAM", 2):
        statuses = [sign_up(service, phone=f"+130355501{n:02}", sender=f"203.0.113.{n}").status for n in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert len(stored(service)) == 2


def test_robots_are_thanked_and_forgotten(service: Service) -> None:
    robot = sign_up(service, website="https://spam.example")
    assert stored(service) == []
    assert robot.body == sign_up(service).body


def test_only_forms_are_taken(service: Service) -> None:
    for other in ("text/plain", "multipart/form-data; boundary=x", "application/json", ""):
        assert sign_up(service, content_type=other).status == 415
    assert sign_up(service, content_type=f"{FORM}; charset=utf-8").status == 200


def test_no_such_program(service: Service) -> None:
    for method, path in itertools.product(("GET", "POST"), ("/join/nothing", "/join/%00", "/join/" + "x" * 500)):
        answer = send(service, method, path, b"phone=1" if method == "POST" else None, {"Content-Type": FORM})
        assert answer.status == 404
        assert "no such program" in answer.body.decode()


def test_a_page_that_was_filled_with_rubbish(service: Service) -> None:
    for body in (b"", b"&&&", b"phone", b"phone=%ff%fe&agree=yes", b"&".join(b"a=1" for _ in range(100))):
        assert send(service, "POST", PATH, body, {"Content-Type": FORM}).status == 422
    assert send(service, "POST", PATH, b"a=1&phone=1&phone=2", {"Content-Type": FORM}).status == 422


def test_who_waits_to_be_asked(service: Service) -> None:
    sign_up(service)

    def waiting() -> list[str | None]:
        with service.site.database.read() as session:
            return [one.phone for one in session.scalars(pending_to_ask(10))]

    assert waiting() == [PHONE]
    with service.site.database.begin() as session:
        asked(session, session.scalars(select(Subscriber)).one(), "Was it you? Reply YES", clock.now())
    assert waiting() == []
    sign_up(service)
    assert waiting() == [PHONE], "asked again when they sign up again"
