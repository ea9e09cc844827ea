"""Backfill of the error log: all of it, however much, in slices that Twilio gives whole."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import backfill
from giftpulse.logs.backfill import Progress
from giftpulse.logs.models import LogEntry
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from giftpulse.simulator.alerts import Alert
from giftpulse.twilio.failures import TwilioError
from giftpulse.twilio.rest import TwilioRest
from tests import make

LIMIT = 300


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSimulator]:
    """A Twilio that gives no more than 300 alerts to a query, in pages of 100; and we know it."""
    monkeypatch.setattr("giftpulse.simulator.web_logs.ALERT_MOST", LIMIT)
    monkeypatch.setattr("giftpulse.twilio.rest.PAGE_SIZE", 100)
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def here(twilio: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("giftpulse.logs.slices.MOST_ROWS", LIMIT)
    changes: dict[str, Any] = {"twilio_account_sid": twilio.account_sid, "twilio_auth_token": twilio.auth_token}
    url = make.sqlite_url(tmp_path)
    with closing(make.site(url, twilio_api_url=twilio.url, twilio_monitor_url=twilio.url, **changes)) as site:
        yield site


def alerts(twilio: RunningSimulator, number: int, first: datetime, last: datetime) -> None:
    """So many entries of the error log, evenly spread."""
    step = (last - first) / number
    times = [first + step * i for i in range(number)]
    rows = [
        Alert(make.sid("NO"), twilio.account_sid, make.sid(), 11200, "error", "Msg=x", created=at, generated=at)
        for at in times
    ]
    twilio.do(lambda simulator: simulator.world.account(None).alerts.add_many(rows))


def stored(site: Site) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).select_from(LogEntry)) or 0


def test_more_alerts_than_a_query_gives_are_fetched_in_slices(here: Site, twilio: RunningSimulator) -> None:
    now = clock.now()
    alerts(twilio, 900, now - timedelta(days=9), now - timedelta(hours=1))
    alerts(twilio, 700, now - timedelta(days=5), now - timedelta(days=5) + timedelta(minutes=20))
    told: list[Progress] = []
    since = now - timedelta(days=10)
    (done,) = backfill.backfill(here, since, told.append, ["alert"])
    assert (stored(here), done.records, done.finished, done.reached) == (1600, 1600, True, since)
    assert told[-1] == done
    for seen in ([one.share for one in told], [one.records for one in told]):
        assert seen == sorted(seen)


def test_broken_off_it_goes_on_with_the_slice_where_it_was(here: Site, twilio: RunningSimulator) -> None:
    now = clock.now()
    alerts(twilio, 1200, now - timedelta(days=9), now - timedelta(hours=1))
    twilio.order("unauthorized", times=0, path="Alerts", after=14)
    told: list[Progress] = []
    since = now - timedelta(days=10)
    with pytest.raises(TwilioError):
        backfill.backfill(here, since, told.append, ["alert"])
    twilio.clear_faults()
    asked = _listen(here, twilio, since)
    assert 0 < stored(here) == 1200
    assert asked[0]["EndDate"] < f"{now - timedelta(days=1):%Y-%m-%d}", "what was whole is not fetched again"
    (done,) = backfill.backfill(here, since, told.append, ["alert"])
    assert (done.records, done.finished) == (1200, True)


def _listen(site: Site, twilio: RunningSimulator, since: datetime) -> list[dict[str, str]]:
    """Go on with a backfill; answers the filters of each query."""
    asked: list[dict[str, str]] = []
    pages = TwilioRest.pages

    def heard(self: TwilioRest, resource: Any, filters: Any = None, **more: Any) -> Any:
        asked.append(filters)
        return pages(self, resource, filters, **more)

    with pytest.MonkeyPatch.context() as spy:
        spy.setattr(TwilioRest, "pages", heard)
        backfill.backfill(site, since, lambda _progress: None, ["alert"])
    return asked


def test_older_alerts_than_twilio_lists_are_not_asked_for_and_that_is_said(
    here: Site, twilio: RunningSimulator, time: clock.Stopped, caplog: pytest.LogCaptureFixture
) -> None:
    since = clock.now() - timedelta(days=90)
    with caplog.at_level(logging.WARNING):
        asked = _listen(here, twilio, since)
    assert [query["StartDate"] for query in asked] == ["2026-10-21T12:05:00Z"]
    assert "older than 30 days" in caplog.text
    told: list[Progress] = []
    (done,) = backfill.backfill(here, since, told.append, ["alert"])
    assert told == []
    assert (done.finished, done.share) == (True, 1.0)
    assert f"{done.reached:%Y-%m-%d %H:%M}" == "2026-10-21 12:05"


def test_what_became_too_old_since_it_was_broken_off_ends_the_backfill(
    here: Site, twilio: RunningSimulator, time: clock.Stopped
) -> None:
    since = clock.now() - timedelta(days=10)
    twilio.order("unauthorized", times=0, path="Alerts")
    with pytest.raises(TwilioError):
        backfill.backfill(here, since, lambda _progress: None, ["alert"])
    twilio.clear_faults()
    time.move(days=40)
    assert _listen(here, twilio, since) == []
    (done,) = backfill.backfill(here, since, lambda _progress: None, ["alert"])
    assert (done.finished, done.reached) == (True, make.NOON)
