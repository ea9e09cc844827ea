"""Every fault that can be ordered."""

import json
import re
import time
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from giftpulse.simulator import Fault, RunningSimulator

ORDER: dict[str, Any] = {"to": "+15005540001", "from_": "+12065550111", "body": "x"}


def path(sim: RunningSimulator) -> str:
    return f"{sim.url}/2010-04-01/Accounts/{sim.account_sid}/Messages.json"


def test_too_many_requests_were_not_processed(sim: RunningSimulator, client: Client) -> None:
    sim.order("too_many_requests", times=2, retry_after=3)
    answer = client.request("POST", path(sim), data={"To": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**ORDER)
    assert (refused.value.status, refused.value.code) == (429, 20429)
    assert client.messages.list() == []


@pytest.mark.parametrize(("status", "code"), [(500, 20500), (503, 20503)])
@pytest.mark.parametrize(("kind", "made"), [("error_before", 0), ("error_after", 1)])
def test_an_error_before_or_after_acceptance(
    sim: RunningSimulator, client: Client, kind: str, made: int, status: int, code: int
) -> None:
    sim.order(kind, method="POST", path="Messages", status=status)
    assert client.messages.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**ORDER)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert len(client.messages.list()) == made


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_a_connection_that_is_cut(sim: RunningSimulator, client: Client, kind: str, made: int) -> None:
    sim.order(kind)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.messages.create(**ORDER)
    assert len(client.messages.list()) == made


def test_latency_comes_on_top_of_anything_else(sim: RunningSimulator, client: Client) -> None:
    sim.order("latency", seconds=0.2)
    sim.order("unauthorized")
    begin = time.monotonic()
    answer = client.request("GET", path(sim))
    assert time.monotonic() - begin >= 0.2
    assert answer.status_code == 401


def test_a_401_out_of_nowhere(sim: RunningSimulator, client: Client) -> None:
    sim.order("unauthorized", after=1)
    answers = [client.request("GET", path(sim)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 401, 200]
    assert json.loads(answers[1].text)["code"] == 20003


def test_malformed_json(sim: RunningSimulator, client: Client) -> None:
    sim.order("malformed")
    answer = client.request("GET", path(sim))
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_a_page_size_above_a_limit(sim: RunningSimulator, client: Client) -> None:
    sim.add_messages(30)
    sim.order("page_limit", times=0, above=10)
    assert client.request("GET", path(sim) + "?PageSize=11").status_code == 500
    assert client.request("GET", path(sim) + "?PageSize=10").status_code == 200
    assert len(client.messages.list(page_size=10)) == 30


class TestWrongPages:
    @pytest.fixture(params=["messages", "alerts"])
    def pages(self, request: pytest.FixtureRequest, sim: RunningSimulator, client: Client) -> Any:
        """Reads a page of either shape: the SIDs, the dates, and where it leads."""
        sim.add_messages(6, status="delivered")
        for _ in range(6):
            sim.alert(11200, "SM1")
        kind: str = request.param

        def read(url: str | None = None) -> tuple[list[str], list[str], str]:
            first = "/v1/Alerts?PageSize=2" if kind == "alerts" else path(sim)[len(sim.url) :] + "?PageSize=2"
            page = json.loads(client.request("GET", (url or sim.url + first)).text)
            onward = page["meta"]["next_page_url"] if kind == "alerts" else sim.url + page["next_page_uri"]
            rows = page[kind]
            return [row["sid"] for row in rows], [row["date_created"] for row in rows], onward

        return read

    def test_the_next_page_is_this_page(self, sim: RunningSimulator, pages: Any) -> None:
        first, _, onward = pages()
        sim.order("page_same", times=0)
        second, _, same = pages(onward)
        assert second != first
        assert same == onward
        assert pages(same)[0] == second

    def test_a_circle(self, sim: RunningSimulator, pages: Any) -> None:
        sim.order("page_circle", times=0)
        first, _, onward = pages()
        second, _, back = pages(onward)
        assert second != first
        assert pages(back)[0] == first

    def test_rows_of_long_ago(self, sim: RunningSimulator, pages: Any) -> None:
        first, dates, _ = pages()
        sim.order("page_outside")
        sids, old, _ = pages()
        assert not set(sids) & set(first)
        years = [int(re.findall(r"20\d\d", date)[0]) for date in (*old, *dates)]
        assert max(years[: len(old)]) < min(years[len(old) :]) - 8

    def test_each_row_twice(self, sim: RunningSimulator, pages: Any) -> None:
        first, _, _ = pages()
        sim.order("page_duplicates")
        assert pages()[0] == [sid for sid in first for _ in range(2)]


def test_only_what_is_ordered_is_struck(sim: RunningSimulator, client: Client) -> None:
    sim.order("error_before", method="POST")
    sim.order("error_before", path="/Calls")
    client.messages.list()
    assert client.request("GET", sim.url + "/v1/Alerts").status_code == 200
    assert [fault["struck"] for fault in sim.state()["faults"]] == [0, 0]
    sim.clear_faults()
    client.messages.create(**ORDER)
    client.calls.list()


def test_a_fault_by_chance_is_the_same_for_the_same_seed(sim: RunningSimulator, client: Client) -> None:
    sim.order("error_before", times=0, chance=0.5)
    answers = [client.request("GET", path(sim)).status_code for _ in range(40)]
    assert 8 < answers.count(500) < 32


def test_a_wrong_page_that_is_none_is_left_alone(sim: RunningSimulator, client: Client) -> None:
    sim.order("page_same")
    assert client.messages.create(**ORDER).status == "queued"
    sim.order("page_same")
    assert client.request("GET", path(sim).replace(".json", "/SM0.json")).status_code == 404


def test_an_order_that_is_not_understood() -> None:
    with pytest.raises(ValueError, match="earthquake"):
        Fault("earthquake")  # type: ignore[arg-type]
