"""The filters of the lists, and what is silently ignored."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from twilio.rest import Client

from giftpulse.simulator import RunningSimulator

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def days(sim: RunningSimulator) -> RunningSimulator:
    """A message a day, 6 to 10 March at noon, and one of the 9th that was never sent."""
    sim.add_messages(5, first=NOON - 2 * DAY, last=NOON + 2 * DAY, status="delivered", to="+13125550188")
    sim.add_messages(1, first=NOON + DAY, status="failed", error_code=30034, to="+13125550199")
    return sim


def found(sim: RunningSimulator, client: Client, kind: str, **query: str) -> list[str]:
    """The days of the rows that a query finds."""
    names = {name.replace("_before", "<").replace("_after", ">"): value for name, value in query.items()}
    url = f"{sim.url}/2010-04-01/Accounts/{sim.account_sid}/{kind}.json?{urlencode(names)}"
    rows = json.loads(client.request("GET", url).text)[kind.lower()]
    return [row["date_created"][5:7] for row in rows]


ALL = ["10", "09", "09", "08", "07", "06"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"DateSent": "2026-03-08"}, ["08"]),
        ({"DateSent_after": "2026-03-08"}, ["10", "09", "08"]),
        ({"DateSent_before": "2026-03-08"}, ["08", "07", "06"]),
        ({"DateSent_after": "2026-03-07", "DateSent_before": "2026-03-08"}, ["08", "07"]),
        ({"DateSent_after": "2026-03-08T12:00:02Z"}, ["10", "09", "08"]),
        ({"DateSent_after": "2026-03-08T12:00:03Z"}, ["10", "09"]),
        ({"DateSent_after": "2026-03-08 12:00:03.000"}, ["10", "09"]),
        ({"DateSent_after": "Sun, 08 Mar 2026 12:00:03 -0000"}, ["10", "09"]),
        ({"DateSent_after": "2026-03-08T07:00:03-05:00"}, ["10", "09"]),
        ({"To": "+13125550199"}, ["09"]),
        ({"To": "+13125550188", "From": "+1999"}, []),
        # Not understood, and so ignored (twilio-node#223, twilio-php#189).
        ({"DateSent": ">=2026-03-08"}, ALL),
        ({"DateSent_after": "yesterday"}, ALL),
        ({"DateCreated_after": "2026-03-08", "Status": "failed", "PageSize": "many"}, ALL),
    ],
)
def test_messages(days: RunningSimulator, client: Client, query: dict[str, str], expected: list[str]) -> None:
    assert found(days, client, "Messages", **query) == expected


def test_the_official_sdk_filters_messages(days: RunningSimulator, client: Client) -> None:
    listed = client.messages.list(date_sent_after=NOON - DAY, date_sent_before=NOON)
    assert [row.date_sent.day for row in listed] == [7]
    assert len(client.messages.list(to="+13125550188")) == 5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"StartTime": "2026-03-08"}, ["08"]),
        ({"StartTime_after": "2026-03-09"}, ["10", "09"]),
        # "Before this date", and without it: other than DateSent<.
        ({"StartTime_before": "2026-03-08"}, ["07", "06"]),
        ({"EndTime_after": "2026-03-10"}, ["10"]),
        ({"Status": "in-progress"}, []),
        ({"Status": "completed"}, ["10", "09", "08", "07", "06"]),
        ({"From": "+12065550111", "To": "+13125550177"}, ["10", "09", "08", "07", "06"]),
        ({"ParentCallSid": "CA1"}, []),
    ],
)
def test_calls(sim: RunningSimulator, client: Client, query: dict[str, str], expected: list[str]) -> None:
    sim.add_calls(5, first=NOON - 2 * DAY, last=NOON + 2 * DAY, to="+13125550177")
    assert found(sim, client, "Calls", **query) == expected


def test_a_call_that_is_not_dialled_yet_has_no_start_time(sim: RunningSimulator, client: Client) -> None:
    sim.call("+13125550177", "+12065550111")
    assert found(sim, client, "Calls", StartTime_after="2026-01-01") == []
    assert len(client.calls.list()) == 1


def test_alerts_by_level_and_date(sim: RunningSimulator, client: Client) -> None:
    error, warning = sim.alert(11200, "SM1"), sim.alert(15003, "CA1")
    alerts = client.monitor.v1.alerts
    assert [row.sid for row in alerts.list(log_level="warning")] == [warning]
    now = datetime.now(UTC)
    assert {row.sid for row in alerts.list(start_date=now - DAY, end_date=now + DAY)} == {error, warning}
    assert alerts.list(end_date=now - DAY) == []
    assert alerts.list(start_date=now + DAY) == []


def test_alerts_older_than_thirty_days_are_not_found(sim: RunningSimulator, client: Client) -> None:
    sim.alert(11200, "SM1")
    sim.advance(29 * 86400)
    young = sim.alert(11200, "SM2")
    sim.advance(2 * 86400)
    listed = client.monitor.v1.alerts.list(start_date=datetime.now(UTC) - 90 * DAY)
    assert [row.sid for row in listed] == [young]


def test_a_query_for_alerts_ends_at_ten_thousand(sim: RunningSimulator, client: Client) -> None:
    sim.do(lambda simulator: [simulator.alert(11200, "SM1") for _ in range(10_050)])
    pages = [client.monitor.v1.alerts.page(page_size=1000)]
    while (following := pages[-1].next_page()) is not None:
        pages.append(following)
    assert sum(len(list(page)) for page in pages) == 10_000


def test_more_than_a_thousand_rows_a_page_are_refused(sim: RunningSimulator, client: Client) -> None:
    answer = client.request("GET", sim.url + "/v1/Alerts?PageSize=1001")
    assert (answer.status_code, json.loads(answer.text)["code"]) == (400, 20007)


@pytest.mark.parametrize(
    "path", ["/v1/Alerts", "/2010-04-01/Accounts/{}/Messages.json", "/2010-04-01/Accounts/{}/Calls.json"]
)
def test_a_page_token_that_is_none(sim: RunningSimulator, client: Client, path: str) -> None:
    answer = client.request("GET", sim.url + path.format(sim.account_sid) + "?PageToken=PAnothing")
    assert (answer.status_code, json.loads(answer.text)["code"]) == (400, 20001)
