"""Records and pages have the keys and the types of the real ones."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

from giftpulse.simulator import MARKETING, RunningSimulator

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"

MESSAGE = {
    *("account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction", "error_code"),
    *("error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price", "price_unit", "sid"),
    *("status", "subresource_uris", "to", "uri"),
}
CALL = {
    *("account_sid", "answered_by", "api_version", "caller_name", "date_created", "date_updated", "direction"),
    *("duration", "end_time", "forwarded_from", "from", "from_formatted", "group_sid", "parent_call_sid"),
    *("phone_number_sid", "price", "price_unit", "queue_time", "sid", "start_time", "status", "subresource_uris"),
    *("to", "to_formatted", "trunk_sid", "uri"),
}
ALERT = {
    *("account_sid", "alert_text", "api_version", "date_created", "date_generated", "date_updated", "error_code"),
    *("log_level", "more_info", "request_method", "request_url", "resource_sid", "service_sid", "sid", "url"),
}
WHOLE_ALERT = ALERT | {"request_variables", "request_headers", "response_headers", "response_body"}
ENVELOPE = {"end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "start", "uri"}
META = {"first_page_url", "key", "next_page_url", "page", "page_size", "previous_page_url", "url"}


@pytest.fixture
def busy(sim: RunningSimulator, client: Client) -> RunningSimulator:
    """A simulator with records of every sort."""
    for to in ("+15005540001", "+15005530003", "+15005530034", "+15005540003"):
        client.messages.create(to=to, from_="+12065550111", body="hello")
        client.messages.create(to=to, messaging_service_sid=MARKETING, body="hello")
    sim.receive("+13125550188", "+12065550111", "hi", media=1)
    for end in ("completed", "failed", "busy"):
        sim.call("+13125550188", "+12065550111", end=end)
    sim.alert(11200, "SM1", url="https://hooks.example.com/sms")
    sim.advance(600)
    client.messages.create(to="+15005540001", messaging_service_sid=MARKETING, body="hello")
    sim.call("+13125550188", "+12065550111")
    return sim


def got(client: Client, sim: RunningSimulator, path: str) -> Any:
    return json.loads(client.request("GET", sim.url + path).text)


def rows(client: Client, sim: RunningSimulator, kind: str) -> list[dict[str, Any]]:
    path = "/v1/Alerts" if kind == "alerts" else f"/2010-04-01/Accounts/{sim.account_sid}/{kind.capitalize()}.json"
    listed: list[dict[str, Any]] = got(client, sim, path)[kind]
    return listed


@pytest.mark.parametrize(("kind", "keys"), [("messages", MESSAGE), ("calls", CALL), ("alerts", ALERT)])
def test_a_row_has_these_keys(busy: RunningSimulator, client: Client, kind: str, keys: set[str]) -> None:
    assert {frozenset(row) for row in rows(client, busy, kind)} == {frozenset(keys)}


def test_only_one_alert_by_itself_says_what_was_asked_and_answered(busy: RunningSimulator, client: Client) -> None:
    for row in rows(client, busy, "alerts"):
        assert set(got(client, busy, "/v1/Alerts/" + row["sid"])) == WHOLE_ALERT


@pytest.mark.parametrize(
    ("kind", "file"),
    [("messages", "twilio_messages"), ("calls", "twilio_calls"), ("alerts", "twilio_alerts_events")],
)
def test_rows_are_like_the_recorded_ones(busy: RunningSimulator, client: Client, kind: str, file: str) -> None:
    path = VECTORS / f"{file}.json"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    recorded = [entry["record"] for entry in json.loads(path.read_text())[kind]]
    types: dict[str, set[type]] = defaultdict(set)
    for record in recorded:
        for name, value in record.items():
            types[name].add(type(value))
    ours = rows(client, busy, kind)
    if kind == "alerts":
        ours += [got(client, busy, "/v1/Alerts/" + row["sid"]) for row in ours]
    for row in ours:
        assert set(row) in [set(record) for record in recorded]
        assert {name: type(value) for name, value in row.items() if type(value) not in types[name]} == {}


def test_a_page_of_the_old_api_is_flat_and_relative(busy: RunningSimulator, client: Client) -> None:
    path = f"/2010-04-01/Accounts/{busy.account_sid}/Messages.json"
    page = got(client, busy, path + "?PageSize=2&DateSent%3E=2008-01-02")
    assert set(page) == ENVELOPE | {"messages"}
    last = page["messages"][-1]["sid"]
    assert page["next_page_uri"] == f"{path}?DateSent%3E=2008-01-02&PageSize=2&Page=1&PageToken=PA{last}"
    assert page["first_page_uri"] == page["uri"] == f"{path}?DateSent%3E=2008-01-02&PageSize=2&Page=0"
    assert (page["start"], page["end"], page["previous_page_uri"]) == (0, 1, None)
    second = got(client, busy, page["next_page_uri"])
    assert second["previous_page_uri"].endswith("PageToken=PB" + second["messages"][0]["sid"])
    assert (second["start"], second["page"]) == (2, 1)


def test_an_empty_page(client: Client, sim: RunningSimulator) -> None:
    page = got(client, sim, f"/2010-04-01/Accounts/{sim.account_sid}/Calls.json")
    assert (page["calls"], page["end"], page["next_page_uri"], page["page_size"]) == ([], 0, None, 50)


def test_a_page_of_the_newer_apis_has_meta_with_absolute_addresses(busy: RunningSimulator, client: Client) -> None:
    page = got(client, busy, "/v1/Alerts?PageSize=1&LogLevel=error")
    assert set(page) == {"meta", "alerts"}
    assert set(page["meta"]) == META
    assert page["meta"]["key"] == "alerts"
    assert page["meta"]["next_page_url"].startswith(
        busy.url + "/v1/Alerts?LogLevel=error&PageSize=1&Page=1&PageToken=PA"
    )


def test_an_error_is_shaped_like_a_recorded_one(client: Client, sim: RunningSimulator) -> None:
    path = f"/2010-04-01/Accounts/{sim.account_sid}/Messages/SM{'0' * 32}.json"
    assert got(client, sim, path) == {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


@pytest.mark.parametrize("path", ["/v1/Nothing", "/2010-04-01/Accounts.json", "/_simulator/nothing"])
def test_a_path_that_is_not_there(client: Client, sim: RunningSimulator, path: str) -> None:
    assert client.request("GET", sim.url + path).status_code == 404


def test_answers_say_how_busy_twilio_is(client: Client, sim: RunningSimulator) -> None:
    headers = client.request("GET", sim.url + "/v1/Alerts").headers
    assert headers["Twilio-Concurrent-Requests"] == "1"
    assert float(headers["Twilio-Request-Duration"]) >= 0
    assert headers["Twilio-Request-Id"].startswith("RQ")
