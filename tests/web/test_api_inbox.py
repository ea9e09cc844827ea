"""The inbox over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse import web
from giftpulse.daily.inbound import api
from giftpulse.daily.inbound.forgetting import forget
from giftpulse.daily.outbox.models import Note
from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.ground.phone import mask
from giftpulse.ground.site import Site
from tests.daily.inbound.texting import ANN, BEN, LONG_CODE, OTHER, program, rows, say, subscribe
from tests.service import Service, serving


@pytest.fixture
def service(lite: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    if api not in web.FEATURES:
        monkeypatch.setattr(web, "FEATURES", (*web.FEATURES, api))
    with serving(lite) as running:
        yield running


def read_token(site: Site) -> str:
    with site.database.begin() as session:
        return create_token(session, "looks", "read", clock.now())


def bodies(page: Any) -> list[str]:
    return [item["body"] for item in page["items"]]


def test_texts_are_listed_newest_first_and_by_everything_that_tells_them_apart(service: Service) -> None:
    site = service.site
    morning = program(site)
    one = subscribe(site, morning)
    evening = program(site, name="Evening", join_keyword="EVENING", sender=OTHER)
    for body, phone, to in (
        ("9am", ANN, LONG_CODE), ("Thank you, I love it!", ANN, LONG_CODE), ("I want to kill myself", BEN, OTHER),
    ):  # fmt: skip
        say(site, body, phone, to)
    page = service.get("/api/inbox")
    assert bodies(page) == ["I want to kill myself", "Thank you, I love it!", "9am"]
    assert page["total"] == 3
    for query, found in (
        ({"program_id": evening.id}, ["I want to kill myself"]),
        ({"subscriber_id": one.id}, ["Thank you, I love it!", "9am"]),
        ({"danger": "true"}, ["I want to kill myself"]),
        ({"handled": "false"}, ["I want to kill myself", "Thank you, I love it!"]),
        ({"handled": "true"}, ["9am"]),
        ({"intent": "time"}, ["9am"]),
        ({"sentiment": "positive"}, ["Thank you, I love it!"]),
        ({"phone": BEN}, ["I want to kill myself"]),
        ({"phone": BEN, "danger": "false"}, []),
        ({"page_size": 1, "page": 2}, ["Thank you, I love it!"]),
    ):
        assert bodies(service.get("/api/inbox", **query)) == found, query
    assert service.call("GET", "/api/inbox?intent=nonsense")[0] == 422
    assert bodies(service.call("GET", f"/api/inbox?phone={BEN}")[1]) == ["I want to kill myself"]


def test_one_text_tells_what_was_understood_and_answered(service: Service) -> None:
    program(service.site)
    say(service.site, "SMILE")
    (item,) = service.get("/api/inbox")["items"]
    shown = service.get(f"/api/inbox/{item['id']}")
    assert shown == item
    assert (shown["intent"], shown["reason"], shown["reply_by"]) == (
        "join", "begins with the keyword SMILE: joined", "twiml",
    )  # fmt: skip
    assert (shown["phone"], shown["sender"]) == (ANN, LONG_CODE)
    assert service.call("GET", "/api/inbox/99")[0] == 404


def test_a_token_that_may_read_sees_no_number_and_changes_nothing(service: Service) -> None:
    program(service.site)
    say(service.site, "Hello there")
    token = read_token(service.site)
    (item,) = service.call("GET", "/api/inbox", token=token)[1]["items"]
    assert item["phone"] == mask(ANN)
    assert ANN not in str(service.call("GET", f"/api/inbox/{item['id']}", token=token))
    assert service.call("GET", f"/api/inbox?phone={ANN}", token=token)[0] == 403, "that would confirm a number"
    assert service.call("POST", f"/api/inbox/{item['id']}/handled", {}, token=token)[0] == 403
    assert service.call("POST", f"/api/inbox/{item['id']}/reply", {"body": "Hi"}, token=token)[0] == 403
    assert rows(service.site)[0].handled_at is None


def test_a_text_is_handled_once(service: Service) -> None:
    program(service.site)
    say(service.site, "Hello there")
    first = service.post("/api/inbox/1/handled", {"by": "Ann"})
    assert (first["handled_by"], first["handled_at"] is not None) == ("Ann", True)
    assert service.post("/api/inbox/1/handled")["handled_by"] == "Ann"
    say(service.site, "Hello again")
    assert service.post("/api/inbox/2/handled")["handled_by"] == "admin token"
    assert service.call("POST", "/api/inbox/99/handled")[0] == 404
    assert service.get("/api/inbox", handled="false")["items"] == []


def test_a_reply_is_a_note_and_given_once(service: Service) -> None:
    site = service.site
    daily = program(site)
    one = subscribe(site, daily)
    say(site, "Hello there")
    status, told = service.call("POST", "/api/inbox/1/reply", {"body": " Hello Ann! "})
    assert (status, told["body"], told["state"]) == (201, "Hello Ann!", "planned")
    with site.database.read() as session:
        note = session.scalars(select(Note)).one()
    assert (note.phone, note.sender, note.program_id, note.subscriber_id) == (ANN, LONG_CODE, daily.id, one.id)
    shown = service.get("/api/inbox/1")
    assert (shown["reply"], shown["reply_by"], shown["handled_by"]) == ("Hello Ann!", "rest", "admin token")
    assert service.call("POST", "/api/inbox/1/reply", {"body": "Hello Ann!"})[0] == 409
    assert service.call("POST", "/api/inbox/1/reply", {"body": "One more thing."})[0] == 201
    assert service.get("/api/inbox/1")["reply"] == "Hello Ann!"


@pytest.mark.parametrize(
    "reply", [{}, {"body": ""}, {"body": "  "}, {"body": "a\x00b"}, {"body": "x" * 1601}, {"b": "x"}]
)
def test_what_is_no_reply_is_refused(service: Service, reply: dict[str, str]) -> None:
    say(service.site, "Hello there")
    assert service.call("POST", "/api/inbox/1/reply", reply)[0] == 422


def test_nobody_who_has_left_is_replied_to(service: Service) -> None:
    site = service.site
    daily = program(site)
    subscribe(site, daily)
    say(site, "Hello there")
    say(site, "STOP")
    status, told = service.call("POST", "/api/inbox/1/reply", {"body": "Hello Ann!"})
    assert (status, "opted out" in told["detail"]) == (409, True)
    say(site, "please stop", BEN)
    assert service.call("POST", "/api/inbox/3/reply", {"body": "Hello Ben!"})[0] == 409
    say(site, "START")
    assert service.call("POST", "/api/inbox/1/reply", {"body": "Hello Ann!"})[0] == 201


def test_a_stranger_who_asks_is_replied_to(service: Service) -> None:
    say(service.site, "What is this?", BEN)
    assert service.call("POST", "/api/inbox/1/reply", {"body": "One kind text a day."})[0] == 201


def test_nobody_is_there_to_be_replied_to_after_an_erasure(service: Service) -> None:
    say(service.site, "Hello there")
    with service.site.database.begin() as session:
        forget(session, ANN)
    assert service.call("POST", "/api/inbox/1/reply", {"body": "Hello?"})[0] == 409
    assert service.get("/api/inbox/1")["phone"] is None
