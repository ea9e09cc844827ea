"""Polling a (simulated) Twilio: nothing lost, nothing doubled, and one resource's trouble is no other's."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from giftpulse.ground import clock, lock
from giftpulse.ground.site import Site
from giftpulse.logs import backfill, pull, recheck, store
from giftpulse.logs.models import POSITION_BITS, LogBackfill, LogChange, LogCursor, LogEntry, LogOwed
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from tests import make
from tests.make import NOON


@pytest.fixture
def twilio() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def polled(twilio: RunningSimulator, database_url: str) -> Iterator[Site]:
    with closing(connected(twilio, database_url)) as site:
        yield site


@pytest.fixture
def here(twilio: RunningSimulator, tmp_path: Path) -> Iterator[Site]:
    with closing(connected(twilio, make.sqlite_url(tmp_path))) as site:
        yield site


def connected(twilio: RunningSimulator, database_url: str) -> Site:
    return make.site(
        database_url,
        twilio_account_sid=twilio.account_sid,
        twilio_auth_token=twilio.auth_token,
        twilio_api_url=twilio.url,
        twilio_monitor_url=twilio.url,
    )


def sids(site: Site, kind: str = "message") -> list[str]:
    with site.database.read() as session:
        return sorted(session.scalars(select(LogEntry.sid).where(LogEntry.kind == kind)))


def cursor(site: Site, kind: str = "message") -> LogCursor | None:
    with site.database.read() as session:
        return session.scalar(select(LogCursor).where(LogCursor.resource == kind))


def oldest_of(session: Session, batch: int) -> datetime:
    ids = (LogEntry.id >= batch << POSITION_BITS) & (LogEntry.id < (batch + 1) << POSITION_BITS)
    found = session.scalar(select(func.min(LogEntry.event_at)).where(ids))
    assert found is not None
    return found


def history(twilio: RunningSimulator, number: int, **back: float) -> list[str]:
    """Messages from so long ago until now."""
    now = clock.now()
    return twilio.add_messages(number, first=now - timedelta(**back), last=now)


def test_everything_of_the_first_day_is_fetched_over_several_pages(polled: Site, twilio: RunningSimulator) -> None:
    there = history(twilio, 2500, hours=20)
    twilio.add_calls(40, first=clock.now() - timedelta(hours=3), last=clock.now())
    twilio.alert(11200, there[0])
    done = {one.resource: one for one in pull.pull(polled)}
    assert [one.error for one in done.values()] == [None, None, None]
    assert done["message"].pages == 3
    assert sids(polled) == sorted(there)
    assert (len(sids(polled, "call")), len(sids(polled, "alert"))) == (40, 1)


def test_a_second_poll_writes_nothing_new(here: Site, twilio: RunningSimulator) -> None:
    history(twilio, 300, hours=1)
    pull.pull(here)
    again = pull.pull(here)[0]
    assert (again.written.new, again.written.changed) == (0, 0)
    assert again.written.unchanged == 300


def test_after_three_hours_of_outage_every_record_is_there_once(
    here: Site, twilio: RunningSimulator, time: clock.Stopped
) -> None:
    history(twilio, 50, hours=1)
    pull.pull(here)
    time.move(hours=1)
    twilio.order("error_before", times=0, status=503, path="Messages")
    failed = pull.pull(here, kinds=["message"])[0]
    assert failed.error is not None
    found = cursor(here)
    assert found is not None
    assert (found.failures, found.watermark) == (1, NOON)
    twilio.clear_faults()
    time.move(hours=2)
    twilio.add_messages(200, first=NOON, last=clock.now())
    assert pull.pull(here)[0].error is None
    assert len(sids(here)) == 250


def test_a_message_that_failed_before_it_was_sent_is_not_lost(here: Site, twilio: RunningSimulator) -> None:
    there = twilio.add_messages(3, status="failed", error_code=30034)
    pull.pull(here)
    assert sids(here) == sorted(there)


def test_a_late_status_is_seen_by_the_overlap(here: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    (sid,) = twilio.add_messages(1, status="sent", first=NOON, last=NOON)
    pull.pull(here)
    time.move(minutes=30)
    twilio.force(sid, "undelivered", 30005)
    pull.pull(here)
    with here.database.read() as session:
        statuses = session.scalars(select(LogChange.status_after).order_by(LogChange.id)).all()
    assert statuses == ["sent", "undelivered"]


def test_alerts_that_may_not_be_read_do_not_stop_messages(here: Site, twilio: RunningSimulator) -> None:
    history(twilio, 10, hours=1)
    twilio.order("unauthorized", times=0, path="Alerts")
    done = {one.resource: one for one in pull.pull(here)}
    assert done["alert"].error is not None
    assert "20003" in done["alert"].error
    assert done["message"].error is None
    assert len(sids(here)) == 10


@pytest.mark.parametrize(
    ("fault", "properties"),
    [
        ("too_many_requests", {"times": 2, "retry_after": 0}),
        ("error_before", {"times": 1, "status": 503}),
        ("drop_before", {"times": 1}),
        ("malformed", {"times": 0, "after": 0, "chance": 0.0}),
        ("unauthorized", {"times": 1}),
        ("page_limit", {"times": 0, "above": 300}),
        ("page_duplicates", {"times": 0}),
    ],
)
def test_trouble_that_passes_loses_nothing(
    here: Site, twilio: RunningSimulator, fault: str, properties: dict[str, float]
) -> None:
    there = history(twilio, 1200, hours=1)
    twilio.order(fault, path="Messages", **properties)
    assert pull.pull(here, kinds=["message"])[0].error is None
    assert sids(here) == sorted(there)


@pytest.mark.parametrize("fault", ["page_same", "page_circle"])
def test_pages_that_lead_in_a_circle_end_with_an_error(here: Site, twilio: RunningSimulator, fault: str) -> None:
    history(twilio, 2500, hours=1)
    twilio.order(fault, times=0, path="Messages")
    done = pull.pull(here, kinds=["message"])[0]
    assert done.error is not None
    assert "circle" in done.error
    assert done.pages <= 3
    found = cursor(here)
    assert found is not None
    assert found.watermark is None


def test_broken_json_is_an_error_of_that_resource_alone(here: Site, twilio: RunningSimulator) -> None:
    twilio.order("malformed", times=0, path="Calls")
    history(twilio, 5, hours=1)
    done = {one.resource: one for one in pull.pull(here)}
    assert done["call"].error is not None
    assert done["message"].error is None


def test_alerts_beyond_what_a_query_gives_are_asked_for_less_at_a_time(
    here: Site, twilio: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giftpulse.simulator.web_logs.ALERT_MOST", 4)
    monkeypatch.setattr("giftpulse.logs.slices.MOST_ROWS", 4)
    for code in range(11200, 11210):
        twilio.alert(code, "SM" + "0" * 32)
        twilio.advance(60)
    pull.pull(here, kinds=["alert"])
    assert len(sids(here, "alert")) == 10


def test_two_pullers_do_not_race(here: Site, twilio: RunningSimulator) -> None:
    name = f"pull:{twilio.account_sid}:message"
    with here.database.begin() as session:
        lock.acquire(session, name, "somebody else", clock.now(), timedelta(minutes=5))
    done = {one.resource: one for one in pull.pull(here)}
    assert done["message"].skipped == "another puller is at work"
    assert done["call"].skipped is None


def test_an_empty_poll_moves_the_watermark(here: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    pull.pull(here)
    time.move(minutes=5)
    pull.pull(here)
    found = cursor(here)
    assert found is not None
    assert found.watermark == NOON + timedelta(minutes=5)


def test_bodies_are_not_stored_where_they_are_not_wanted(twilio: RunningSimulator, tmp_path: Path) -> None:
    twilio.add_messages(1, body="a secret")
    url = make.sqlite_url(tmp_path)
    with closing(
        make.site(
            url, twilio_account_sid=twilio.account_sid, twilio_auth_token=twilio.auth_token,
            twilio_api_url=twilio.url, twilio_monitor_url=twilio.url, store_bodies=False,
        )
    ) as site:  # fmt: skip
        pull.pull(site)
        with site.database.read() as session:
            (entry,) = session.scalars(select(LogEntry))
    assert (entry.body, entry.raw) == (None, None)


def test_the_chase_finds_what_polls_no_longer_see(here: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    with here.database.begin() as session:
        store.add_reader(session, "match", NOON)
    (sid,) = twilio.add_messages(1, status="sent", first=NOON, last=NOON)
    pull.pull(here)
    time.move(minutes=6)
    assert recheck.recheck(here).asked == 1
    assert recheck.recheck(here).asked == 0
    time.move(hours=7)
    twilio.force(sid, "undelivered", 30008)
    assert recheck.recheck(here).changed == 1
    with here.database.read() as session:
        (entry,) = session.scalars(select(LogEntry))
        assert (entry.status, entry.error_code) == ("undelivered", 30008)


def test_the_chase_gives_up_after_three_days(here: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    twilio.add_messages(1, status="sent", first=NOON, last=NOON)
    pull.pull(here)
    for _ in range(8):
        time.move(hours=20)
        recheck.recheck(here)
    with here.database.read() as session:
        (entry,) = session.scalars(select(LogEntry))
    assert (entry.settled, entry.chase_at) == ("timeout", None)


def test_what_twilio_has_no_longer_is_closed_as_gone(here: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    make.take(here, make.message(sid=make.sid(), status="sent", account_sid=twilio.account_sid), now=NOON)
    time.move(minutes=10)
    assert recheck.recheck(here).gone == 1
    with here.database.read() as session:
        (entry,) = session.scalars(select(LogEntry))
    assert entry.settled == "gone"


def test_history_is_fetched_resumably_and_owed_to_nobody(here: Site, twilio: RunningSimulator) -> None:
    with here.database.begin() as session:
        store.add_reader(session, "match", clock.now())
    history(twilio, 3500, days=10)
    since = clock.now() - timedelta(days=5)
    twilio.order("error_before", times=0, status=503, path="Messages", after=2)
    told: list[backfill.Progress] = []
    with pytest.raises(Exception, match="503"):
        backfill.backfill(here, since, told.append, ["message"])
    assert told[-1].records == 2000
    assert not told[-1].finished
    twilio.clear_faults()
    done = backfill.backfill(here, since, told.append, ["message"])
    assert done[0].finished
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)
    with here.database.read() as session:
        for owed in session.scalars(select(LogOwed.batch_id)):
            # What polls reach as well is owed, whoever fetched it first.
            assert oldest_of(session, owed) >= clock.now() - timedelta(hours=73)
        (row,) = session.scalars(select(LogBackfill))
        oldest = session.scalar(select(LogEntry.event_at).order_by(LogEntry.event_at).limit(1))
    assert row.records == done[0].records <= 3500
    assert oldest is not None
    assert oldest < since


def test_a_failure_that_backfill_sees_first_is_owed_all_the_same(here: Site, twilio: RunningSimulator) -> None:
    with here.database.begin() as session:
        store.add_reader(session, "match", clock.now())
    twilio.add_messages(1, status="undelivered", error_code=30003)
    backfill.backfill(here, clock.now() - timedelta(days=30), lambda _progress: None, ["message"])
    pull.pull(here)
    with here.database.read() as session:
        assert len(session.scalars(select(LogOwed)).all()) == 1


def test_an_error_that_nobody_foresaw_stops_only_its_own_resource(here: Site, twilio: RunningSimulator) -> None:
    history(twilio, 10, hours=1)
    twilio.alert(11200, "SM" + "0" * 32)
    with here.database.begin() as session:
        session.execute(text("CREATE TRIGGER no_alerts BEFORE INSERT ON log_entries WHEN NEW.kind = 'alert' "
                             "BEGIN SELECT RAISE(ABORT, 'not today'); END"))  # fmt: skip
    done = {one.resource: one for one in pull.pull(here)}
    assert "not today" in (done["alert"].error or "")
    assert (done["message"].error, len(sids(here))) == (None, 10)
    found = cursor(here, "alert")
    assert found is not None
    assert found.failures == 1
