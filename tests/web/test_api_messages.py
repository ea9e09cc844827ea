"""Daily texts over HTTP, and what is asked of a person across the rooms: why, export, erasure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from tests.daily.outbox.test_sending import LATE, TODAY, write
from tests.daily.world import EVENING, World, living
from tests.service import Service, serving

PHONES = ("+12125550101", "+12125550102", "+12125550103")
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Three people: one whose text of today arrived, one whose text did not, and one whose is planned."""
    with clock.stopped(EVENING) as time, living(database_url) as made:
        program = made.program()
        made.person(program, phone=PHONES[0], first_name="Ann")
        made.person(program, phone=PHONES[1])
        write(made, program, "{first_name}, you did well.")
        made.plan()
        time.at = LATE
        made.send()
        arrived, lost = (str(row.sid) for row in made.deliveries(state="accepted"))
        made.twilio.force(arrived, "delivered")
        made.twilio.force(lost, "undelivered", 30003)
        time.move(minutes=1)
        made.poll()
        made.confirm()
        time.move(minutes=30)  # the window of today is over
        made.person(program, phone=PHONES[2])
        made.plan()
        yield made


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    with serving(world.site) as running:
        yield running


def reader(service: Service) -> str:
    with service.site.database.begin() as session:
        return create_token(session, "looks", "read", clock.now())


def test_texts_are_listed_and_filtered(service: Service) -> None:
    def found(**query: Any) -> list[tuple[str, str, str]]:
        items = service.get("/api/messages", **query)["items"]
        return [(item["phone"], item["local_date"], item["state"]) for item in items]

    today, tomorrow = TODAY.isoformat(), TOMORROW.isoformat()
    assert found() == [
        (PHONES[2], tomorrow, "planned"), (PHONES[1], tomorrow, "planned"), (PHONES[1], today, "undelivered"),
        (PHONES[0], tomorrow, "planned"), (PHONES[0], today, "delivered"),
    ]  # fmt: skip
    assert found(program_id="1", state="delivered") == [(PHONES[0], today, "delivered")]
    assert found(local_date=today, error_code=30003) == [(PHONES[1], today, "undelivered")]
    assert found(subscriber_id="3") == [(PHONES[2], tomorrow, "planned")]
    assert found(subscriber_id=str(10**18 - 1)) == []
    assert found(program_id="2") == []
    sid = service.get("/api/messages", state="undelivered")["items"][0]["sid"]
    assert found(sid=sid) == [(PHONES[1], today, "undelivered")]


def test_pages_follow_the_cursor_and_only_cheap_totals_are_counted(service: Service) -> None:
    first = service.get("/api/messages", page_size=3)
    assert (first["total"], len(first["items"])) == (None, 3)
    rest = service.get("/api/messages", page_size=3, cursor=first["next_cursor"])
    assert (len(rest["items"]), rest["next_cursor"]) == (2, None)
    assert service.get("/api/messages", subscriber_id="1")["total"] == 2


@pytest.mark.parametrize(
    "query", ["state=lost", "local_date=2026-02-30", "error_code=0", "subscriber_id=x", "cursor=-1", "sid=a%00b"]
)
def test_a_wrong_filter_is_told(service: Service, query: str) -> None:
    status, problem = service.call("GET", f"/api/messages?{query}")
    assert (status, problem["errors"][0]["field"]) == (422, query.partition("=")[0])


def test_one_text_has_its_words_events_and_history(service: Service) -> None:
    lost = service.get("/api/messages", state="undelivered")["items"][0]
    told = service.get(f"/api/messages/{lost['id']}")
    assert {name: told[name] for name in lost} == lost
    assert told["text"] == "{first_name}, you did well."
    assert (told["error"]["code"], told["segments"], told["attempts"]) == (30003, 1, 1)
    assert told["history"][-1]["status_after"] == "undelivered"
    assert told["events"] == []
    assert service.call("GET", "/api/messages/17")[0] == 404


def test_reading_tokens_see_no_numbers(service: Service) -> None:
    token = reader(service)
    for path in ("/api/messages", f"/api/messages/{service.get('/api/messages')['items'][0]['id']}",
                 "/api/subscribers/1/why", "/api/subscribers/1/export"):  # fmt: skip
        status, answer = service.call("GET", path, token=token)
        assert status == 200, answer
        assert not [phone for phone in PHONES if phone in str(answer)], path
        assert "+1212•••010" in str(answer), path


def test_why_tells_a_story_in_order(service: Service) -> None:
    story = service.get("/api/subscribers/2/why", date=TODAY.isoformat())
    assert (story["subscriber"]["phone"], story["program"]) == (PHONES[1], {"id": "1", "name": "Kind Words"})
    whats = [line["what"] for line in story["lines"]]
    assert [what for what in ("opted in", "its text", "handed to Twilio", "undelivered") if what in whats] == [
        "opted in", "its text", "handed to Twilio", "undelivered",
    ]  # fmt: skip
    assert len(service.get("/api/subscribers/2/why")["dates"]) == 10
    assert service.call("GET", "/api/subscribers/99/why")[0] == 404
    for wrong in ("yesterday", "2026-02-30", "1999-01-01"):
        assert service.call("GET", f"/api/subscribers/2/why?date={wrong}")[0] == 422, wrong


def test_an_export_holds_the_texts_of_a_person_too(service: Service) -> None:
    told = service.get("/api/subscribers/1/export")
    assert told["subscription"] == service.get("/api/subscribers/1")
    assert [(row["local_date"], row["state"], row["text"]) for row in told["messages"]] == [
        (TODAY.isoformat(), "delivered", "{first_name}, you did well."), (TOMORROW.isoformat(), "planned", None),
    ]  # fmt: skip
    assert (told["inbox"], told["notes"]) == ([], [])
    assert [line["kind"] for line in told["consent"]] == ["opt_in"]


def test_a_dry_run_over_http(service: Service) -> None:
    found = service.get("/api/programs/1/simulate", date=TOMORROW.isoformat())
    assert (found["local_date"], found["programs"], found["texts"]) == (TOMORROW.isoformat(), ["Kind Words"], 3)
    assert (found["senders"][0]["fits"], found["senders"][0]["texts"]) == (True, 3)
    assert sum(hour["texts"] for hour in found["hours"]) == 3
    assert service.get("/api/programs/1/simulate") == found, "tomorrow is the default"
    assert service.call("GET", "/api/programs/9/simulate")[0] == 404
    assert service.call("GET", "/api/programs/1/simulate?date=1999-01-01")[0] == 422


def test_methods_of_a_person_are_told_together(service: Service) -> None:
    """Two routers share this path."""
    assert service.call("PUT", "/api/subscribers/1", {})[0] == 405
    assert service.call("DELETE", "/api/subscribers/1")[0] == 204
    assert service.get("/api/subscribers/1")["status"] == "erased"
