"""The record over HTTP: every filter by itself and together, paging by page and by cursor."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from giftpulse.ground.site import Site
from giftpulse.logs import store
from tests import make
from tests.make import NOON
from tests.service import Service, serving

SERVICE = "MG" + "b" * 32
LOST, HEARD, CALLED, WARNED = make.sid(), make.sid(), make.sid("CA"), make.sid("NO")


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    """A lost message and its alert, one that arrived, a call, and a warning."""
    make.take(
        site,
        make.message(sid=LOST, status="undelivered", error_code=30003, body="Your gift: 50% off_", to="+15005550001"),
        make.message(sid=HEARD, at=NOON + timedelta(hours=1), messaging_service_sid=SERVICE, body="Grüße"),
    )
    make.take(site, make.call(sid=CALLED, at=NOON + timedelta(hours=2), status="no-answer"), kind="call")
    make.take(
        site,
        make.alert(sid=WARNED, at=NOON + timedelta(hours=3), log_level="warning", resource_sid=LOST),
        kind="alert",
    )
    with serving(site) as running:
        yield running


def sids(service: Service, **query: Any) -> list[str]:
    return [entry["twilio_sid"] for entry in service.get("/api/logs", **query)["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [WARNED, CALLED, HEARD, LOST]),
        ({"log_type": "message"}, [HEARD, LOST]),
        ({"log_type": "call"}, [CALLED]),
        ({"log_type": "alert"}, [WARNED]),
        ({"log_type": "warning"}, [WARNED]),
        ({"log_type": "error"}, []),
        ({"status": "undelivered"}, [LOST]),
        ({"status": "no-answer, Undelivered"}, [CALLED, LOST]),
        ({"error_code": "30003"}, [LOST]),
        ({"error_code": "30003,11200"}, [WARNED, LOST]),
        ({"since": "2026-11-20T14:00:00Z"}, [WARNED, CALLED]),
        ({"until": "2026-11-20T13:00:00Z"}, [LOST]),
        ({"since": "2026-11-20T13:00:00Z", "until": "2026-11-20T14:00:00Z"}, [HEARD]),
        ({"since": "2026-11-20T16:00:00+02:00"}, [WARNED, CALLED]),
        ({"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}, [WARNED, CALLED, HEARD, LOST]),
        ({"q": LOST}, [WARNED, LOST]),
        ({"q": "grüße"}, [HEARD]),
        ({"q": "gift YOUR"}, [LOST]),
        ({"q": "50% off_"}, [LOST]),
        ({"q": "50_ off%"}, []),
        ({"q": "+15005550001"}, [LOST]),
        ({"sid": CALLED}, [CALLED]),
        ({"resource_sid": LOST}, [WARNED]),
        ({"account_sid": make.ACCOUNT, "log_type": "call"}, [CALLED]),
        ({"account_sid": "AC" + "0" * 32}, []),
        ({"messaging_service_sid": SERVICE}, [HEARD]),
        ({"to_number": "+15005550001"}, [LOST]),
        ({"from_number": "+15005550006", "log_type": "message", "status": "delivered"}, [HEARD]),
        ({"processed": "true"}, [WARNED, CALLED, HEARD, LOST]),
        ({"processed": "false"}, []),
        ({"log_type": "message", "status": "undelivered", "error_code": "30005"}, []),
    ],
    ids=repr,
)
def test_filters(service: Service, query: dict[str, str], expected: list[str]) -> None:
    page = service.get("/api/logs", **query)
    assert [entry["twilio_sid"] for entry in page["items"]] == expected
    assert page["total"] == len(expected)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("log_type=bogus", "log_type"),
        ("log_type=Call", "log_type"),
        ("error_code=30003;drop", "error_code"),
        ("error_code=1234567890", "error_code"),
        ("processed=perhaps", "processed"),
        ("since=yesterday", "since"),
        ("since=2026-11-20T12:00:00", "since"),
        ("until=0", "until"),
        ("q=%00", "q"),
        ("sid=" + "x" * 65, "sid"),
        ("page=0", "page"),
        ("page=10002", "page"),
        ("page=202&page_size=50", "page"),
        ("page_size=0", "page_size"),
        ("page_size=1001", "page_size"),
        ("cursor=", "cursor"),
        ("cursor=MTIz", "cursor"),
        ("cursor=-1", "cursor"),
        ("cursor=9999999999999999999", "cursor"),
        ("limit=-5", "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(lite: Site, query: str, field: str) -> None:
    with serving(lite) as service:
        status, problem = service.call("GET", f"/api/logs?{query}")
        assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


def test_a_bare_plus_in_a_query_is_understood(service: Service) -> None:
    bare = service.call("GET", "/api/logs?to_number=+15005550001&since=2026-11-20T13:00:00+01:00")[1]
    assert [entry["twilio_sid"] for entry in bare["items"]] == [LOST]


def test_processed_is_what_every_reader_has_seen(site: Site) -> None:
    with site.database.begin() as session:
        store.add_reader(session, "match", NOON)
    make.take(site, make.message(sid=LOST))
    with serving(site) as service:
        (entry,) = service.get("/api/logs", processed="false")["items"]
        assert entry["processed"] is False
        assert service.get(f"/api/logs/{entry['id']}")["processed"] is False
        assert sids(service, processed="true") == []


def test_paging_by_number(service: Service) -> None:
    first = service.get("/api/logs", page=1, page_size=3)
    second = service.get("/api/logs", page=2, page_size=3)
    assert [e["twilio_sid"] for e in first["items"] + second["items"]] == [WARNED, CALLED, HEARD, LOST]
    assert (first["total"], first["page"], first["page_size"]) == (4, 1, 3)
    assert (second["page"], second["next_cursor"]) == (2, None)
    assert service.get("/api/logs", page=9)["items"] == []


def test_paging_by_cursor_is_not_disturbed_by_what_arrives(service: Service) -> None:
    seen, query = [], {"limit": "2"}
    while True:
        page = service.get("/api/logs", **query)
        seen += [entry["twilio_sid"] for entry in page["items"]]
        make.take(service.site, make.message())
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [WARNED, CALLED, HEARD, LOST]


def test_one_entry_tells_everything(service: Service) -> None:
    (entry,) = service.get("/api/logs", sid=LOST)["items"]
    make.take(service.site, make.message(sid=LOST, status="undelivered", error_code=30005, price="-0.01"))
    shown = service.get(f"/api/logs/{entry['id']}")
    assert shown["raw_data"]["sid"] == LOST
    assert shown["error"]["code"] == 30005
    assert shown["error"]["meaning"]
    assert shown["error"]["link"].startswith("https://")
    assert [related["twilio_sid"] for related in shown["related"]] == [WARNED]
    assert [(c["error_code_before"], c["error_code_after"]) for c in shown["changes"]] == [
        (None, 30003),
        (30003, 30005),
    ]
    assert shown["changes"][0]["source"] == "poll"
    of_alert = service.get(f"/api/logs/{service.get('/api/logs', sid=WARNED)['items'][0]['id']}")
    assert [related["twilio_sid"] for related in of_alert["related"]] == [LOST]


@pytest.mark.parametrize("log_id", ["999", "123456789012345678"])
def test_an_entry_that_is_not_there_is_404(lite: Site, log_id: str) -> None:
    with serving(lite) as service:
        assert service.call("GET", f"/api/logs/{log_id}")[0] == 404


@pytest.mark.parametrize("log_id", ["abc", "0", "-1", "1.5", "9" * 19, quote("٣"), "1%00"])
def test_what_is_no_id_is_422(lite: Site, log_id: str) -> None:
    with serving(lite) as service:
        status, problem = service.call("GET", f"/api/logs/{log_id}")
        assert (status, problem["errors"][0]["field"]) == (422, "log_id")


PERSON, WORDS = "+13035550123", "See you at noon"


@pytest.fixture
def reader(site: Site) -> Iterator[tuple[Service, str]]:
    """A text to a person whose number changed its spelling, an alert that names the number; and a read token."""
    lost = make.message(sid=LOST, status="undelivered", error_code=30003, body=WORDS, to="+13035550199")
    make.take(site, lost)
    make.take(site, {**lost, "to": PERSON})
    url = f"https://example.com/reply?From=%2B{PERSON[1:]}&Body=See+you+at+noon"
    warned = make.alert(sid=WARNED, resource_sid=LOST, alert_text=f"Msg=no+answer&To=%2B{PERSON[1:]}", request_url=url)
    make.take(site, warned, kind="alert")
    with site.database.begin() as session:
        token = create_token(session, "looks", "read", clock.now())
    with serving(site) as running:
        yield running, token


def test_a_token_that_may_read_sees_neither_numbers_nor_words_of_people(reader: tuple[Service, str]) -> None:
    service, token = reader
    items = service.call("GET", "/api/logs", token=token)[1]["items"]
    assert {item["twilio_sid"] for item in items} == {LOST, WARNED}
    shown = {item["twilio_sid"]: service.call("GET", f"/api/logs/{item['id']}", token=token)[1] for item in items}
    for answer in (items, shown):
        assert PERSON[1:] not in str(answer)
        assert "3035550199" not in str(answer)
        assert "noon" not in str(answer)
    message = shown[LOST]
    assert (message["to_number"], message["body"], message["raw_data"]) == ("+1303•••0123", None, None)
    assert (message["status"], message["error"]["code"]) == ("undelivered", 30003), "what a watcher needs is there"
    assert message["changes"][-1]["other"] == {"to": ["+1303•••0199", "+1303•••0123"]}
    assert shown[WARNED]["request_url"] == "https://example.com/reply"
    admin = service.get(f"/api/logs/{message['id']}")
    assert (admin["to_number"], admin["body"], admin["raw_data"]["to"]) == (PERSON, WORDS, PERSON)


def test_nor_may_it_find_out_a_number_or_a_word_by_searching(reader: tuple[Service, str]) -> None:
    service, token = reader
    for query in (f"to_number={quote(PERSON)}", "from_number=%2B15005550006", "to_number="):
        status, problem = service.call("GET", f"/api/logs?{query}", token=token)
        assert (status, problem["title"]) == (403, "Not allowed")
    for words in (PERSON, "3035550123", "noon", "0123"):
        assert service.get("/api/logs", q=words)["items"], "an admin finds it"
        assert service.call("GET", f"/api/logs?q={quote(words)}", token=token)[1]["items"] == [], words
    by_sid = service.call("GET", f"/api/logs?q={LOST}", token=token)[1]["items"]
    assert {item["twilio_sid"] for item in by_sid} == {LOST, WARNED}
    assert len(service.call("GET", "/api/logs?q=answer", token=token)[1]["items"]) == 1
