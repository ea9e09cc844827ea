"""We cannot see: an alert says so, once, and says when we see again. With a simulated Twilio, on both databases."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from giftpulse import timetable
from giftpulse.ground import clock, runs
from giftpulse.ground.site import Site
from giftpulse.logs import pull
from giftpulse.logs.models import LogCursor
from giftpulse.monitor import rounds
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.alerts import close
from giftpulse.monitor.alerts.blind import Gap, say
from giftpulse.monitor.alerts.models import Alert, AlertGroup
from giftpulse.monitor.rules import store as rules
from giftpulse.monitor.rules.builtin import BLIND_ID
from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from tests import make
from tests.make import NOON, message, take
from tests.receivers import Receiver, receiving

MINUTE = timedelta(minutes=1)


@pytest.fixture
def twilio() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def seeing(twilio: RunningSimulator, database_url: str, told: Receiver, time: clock.Stopped) -> Iterator[Site]:
    """An installation that polls each minute, and tells of its blindness."""
    site = make.site(
        database_url, migrated=True, twilio_account_sid=twilio.account_sid, twilio_auth_token=twilio.auth_token,
        twilio_api_url=twilio.url, twilio_monitor_url=twilio.url, poll_interval_seconds=60,
    )  # fmt: skip
    with closing(site):
        timetable.enrol(site)
        hook = {"rule_id": BLIND_ID, "action_type": "webhook", "enabled": True, "config": {"url": told.url}}
        with site.database.begin() as session:
            actions.create(session, site, hook, clock.now())
        yield site


def look(site: Site, **patience: timedelta) -> None:
    """What the rounds of a minute do."""
    pull.pull(site)
    while rounds.watch(site):
        pass
    for _ in range(2):
        rounds.resolve(site, patience)
    rounds.notify(site)


def minutes(site: Site, time: clock.Stopped, number: int) -> None:
    for _ in range(number):
        time.move(minutes=1)
        look(site)


def alerts(site: Site) -> list[Alert]:
    with site.database.read() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def fail(twilio: RunningSimulator, path: str = "Messages", times: int = 0) -> None:
    twilio.order("unauthorized", times=times, path=path)


def test_one_alert_opens_while_messages_cannot_be_fetched_and_resolves_after(
    seeing: Site, twilio: RunningSimulator, told: Receiver, time: clock.Stopped
) -> None:
    look(seeing)
    fail(twilio)
    minutes(seeing, time, 12)
    (alert,) = alerts(seeing)
    assert (alert.rule_id, alert.state, alert.severity) == (BLIND_ID, "firing", "critical")
    assert alert.summary == "GiftPulse is blind: messages could not be fetched since 2026-11-20 12:00 UTC"
    # Three polls and a minute are allowed, and a minute is waited to be sure.
    assert alert.opened_at == NOON + 6 * MINUTE
    twilio.clear_faults()
    minutes(seeing, time, 3)
    (alert,) = alerts(seeing)
    assert (alert.state, alert.resolved_reason) == ("resolved", "GiftPulse sees again")
    assert told.reasons() == ["alert.firing", "alert.resolved"]
    said = told.requests[0].data
    assert "messages could not be fetched" in str(said)
    with seeing.database.read() as session:
        assert session.get(AlertGroup, (BLIND_ID, "[]")) is None


def test_polls_that_fail_now_and_then_open_nothing(
    seeing: Site, twilio: RunningSimulator, told: Receiver, time: clock.Stopped
) -> None:
    look(seeing)
    for _ in range(4):
        fail(twilio)
        minutes(seeing, time, 2)
        twilio.clear_faults()
        minutes(seeing, time, 1)
    assert (alerts(seeing), told.requests) == ([], [])


def test_more_that_cannot_be_seen_joins_the_same_alert(
    seeing: Site, twilio: RunningSimulator, told: Receiver, time: clock.Stopped
) -> None:
    look(seeing)
    fail(twilio)
    minutes(seeing, time, 8)
    fail(twilio, "Calls")
    minutes(seeing, time, 8)
    (alert,) = alerts(seeing)
    assert alert.summary.count("could not be fetched since") == 2
    assert told.reasons() == ["alert.firing"]


def test_a_list_that_was_never_fetched_counts_after_three_polls(
    seeing: Site, twilio: RunningSimulator, time: clock.Stopped
) -> None:
    fail(twilio, "Alerts")
    look(seeing)
    minutes(seeing, time, 2)
    assert alerts(seeing) == []
    minutes(seeing, time, 1)
    (alert,) = alerts(seeing)
    assert alert.summary == "GiftPulse is blind: alerts could not be fetched ever"


def test_changes_that_wait_for_the_rules_are_told(seeing: Site, time: clock.Stopped) -> None:
    take(seeing, message(), now=clock.now())
    for _ in range(4):
        time.move(minutes=2)
        rounds.resolve(seeing)
    (alert,) = alerts(seeing)
    assert alert.summary == "GiftPulse is blind: changes have waited for the rules since 2026-11-20 12:00 UTC"
    while rounds.watch(seeing):
        pass
    rounds.resolve(seeing)
    assert alerts(seeing)[0].state == "resolved"


def test_a_round_that_does_not_run_is_told(seeing: Site, time: clock.Stopped) -> None:
    with seeing.database.begin() as session:
        runs.note(session, "watch", clock.now(), None)
        runs.note(session, "cleanup", clock.now(), None)
    (resolve,) = [each for each in timetable.ROUNDS if each.name == "resolve"]
    for _ in range(9):
        time.move(minutes=2)
        resolve.run(seeing)
    (alert,) = alerts(seeing)
    assert alert.summary == "GiftPulse is blind: the round 'watch' has not run since 2026-11-20 12:00 UTC"


def test_after_a_pause_of_the_service_a_minute_is_given_to_catch_up(seeing: Site, time: clock.Stopped) -> None:
    look(seeing)
    with seeing.database.begin() as session:
        runs.note(session, "watch", clock.now(), None)
    time.move(hours=9)
    rounds.resolve(seeing, {"watch": 15 * MINUTE})
    with seeing.database.begin() as session:
        runs.note(session, "watch", clock.now(), None)
    time.move(seconds=5)
    look(seeing, watch=15 * MINUTE)
    minutes(seeing, time, 3)
    assert alerts(seeing) == []


def test_the_rule_can_be_switched_off(seeing: Site, twilio: RunningSimulator, time: clock.Stopped) -> None:
    look(seeing)
    fail(twilio)
    minutes(seeing, time, 8)
    with seeing.database.begin() as session:
        rules.patch(session, BLIND_ID, {"enabled": False}, clock.now())
    minutes(seeing, time, 8)
    (alert,) = alerts(seeing)
    assert (alert.state, alert.resolved_reason) == ("resolved", close.RULE_DISABLED)


def test_the_lists_of_another_account_are_no_concern(seeing: Site, time: clock.Stopped) -> None:
    with seeing.database.begin() as session:
        session.add(LogCursor(account_sid="AC" + "f" * 32, resource="call", failures=9, watermark=NOON))
    minutes(seeing, time, 10)
    assert alerts(seeing) == []


def test_enrolling_again_brings_no_second_rule_and_undoes_no_change(seeing: Site) -> None:
    with seeing.database.begin() as session:
        rules.patch(session, BLIND_ID, {"severity": "info"}, clock.now())
    rounds.enrol(seeing)
    with seeing.database.read() as session:
        (rule,) = session.scalars(rules.listed())
        assert rules.spec_of(rule).severity == "info"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([Gap("a", NOON)], "X: a since 2026-11-20 12:00 UTC"),
        ([Gap("a", None), Gap("b", NOON + MINUTE)], "X: a ever; b since 2026-11-20 12:01 UTC"),
    ],
)
def test_what_it_says(found: Any, said: str) -> None:
    assert say("X", found) == said
