"""From a change in the record to somebody who was told: whole stories on both databases, with a clock that we move."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.alerts import close, silences
from giftpulse.monitor.alerts.models import Alert, AlertEvent, AlertGroup
from giftpulse.monitor.alerts.schemas import SilenceIn
from giftpulse.monitor.notify import plan, send
from giftpulse.monitor.notify.models import Notification, NotificationAttempt
from giftpulse.monitor.rules import store as rules
from giftpulse.monitor.rules.models import Rule
from tests import make
from tests.make import NOON, message, take
from tests.receivers import Receiver, receiving

FAILED = {"field": "status", "op": "in", "value": ["failed", "undelivered"]}
TEN_IN_FIVE = {"type": "threshold", "count": 10, "within": "5m"}


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def _at_noon(time: clock.Stopped, site: Site) -> None:
    rounds.enrol(site)


def rule(site: Site, **changes: Any) -> int:
    data = {"name": "Failures", "condition": FAILED, "trigger": {"type": "each"}, "cooldown": "0s", **changes}
    with site.database.begin() as session:
        return rules.create(session, data, clock.now()).id


def webhook(site: Site, url: str, rule_id: int | None = None) -> int:
    data = {"rule_id": rule_id, "action_type": "webhook", "enabled": True, "config": {"url": url}}
    with site.database.begin() as session:
        return actions.create(session, site, data, clock.now()).id


def failure(**changes: Any) -> dict[str, Any]:
    return message(**{"status": "undelivered", "error_code": 30003, "at": clock.now(), **changes})


def run(site: Site) -> None:
    """All rounds of the monitor once, as often as they have work."""
    while rounds.watch(site):
        pass
    rounds.resolve(site)
    rounds.notify(site)


def alerts(site: Site) -> list[Alert]:
    with site.database.read() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def test_a_thousand_failures_are_one_firing_and_one_resolved_notice(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    webhook(site, told.url, rule(site, trigger=TEN_IN_FIVE))
    for _ in range(10):
        take(site, *[failure() for _ in range(100)], now=clock.now())
        run(site)
        time.move(seconds=10)
    time.move(minutes=30)
    run(site)
    run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved"]
    (alert,) = alerts(site)
    assert (alert.state, alert.count, alert.resolved_reason) == ("resolved", 1000, "quiet")


def test_nine_failures_are_no_alert_and_the_tenth_is(site: Site, told: Receiver, time: clock.Stopped) -> None:
    webhook(site, told.url, rule(site, trigger=TEN_IN_FIVE))
    for _ in range(9):
        take(site, failure(), now=clock.now())
        time.move(seconds=20)
    run(site)
    assert alerts(site) == []
    take(site, failure(), now=clock.now())
    run(site)
    assert told.reasons() == ["alert.firing"]


def test_ten_failures_spread_over_an_hour_are_no_alert(site: Site, time: clock.Stopped) -> None:
    rule(site, trigger=TEN_IN_FIVE)
    for _ in range(20):
        take(site, failure(), now=clock.now())
        run(site)
        time.move(minutes=1)
    assert alerts(site) == []


def test_a_restart_in_the_middle_of_a_window_loses_no_count(database_url: str, site: Site) -> None:
    rule(site, trigger=TEN_IN_FIVE)
    take(site, *[failure() for _ in range(6)])
    run(site)
    site.close()
    again = make.site(database_url)
    take(again, *[failure() for _ in range(4)])
    run(again)
    assert [alert.count for alert in alerts(again)] == [10]
    again.close()


def test_events_count_by_the_time_they_happened_not_by_the_time_we_heard(site: Site, time: clock.Stopped) -> None:
    rule(site, trigger=TEN_IN_FIVE)
    time.move(hours=3)
    old = [failure(at=NOON + timedelta(minutes=10 * i)) for i in range(12)]
    take(site, *old, now=clock.now())
    run(site)
    assert alerts(site) == []
    burst = [failure(at=NOON + timedelta(minutes=60, seconds=i)) for i in range(10)]
    take(site, *burst, now=clock.now())
    run(site)
    (alert,) = alerts(site)
    assert alert.late
    assert alert.last_event_at == NOON + timedelta(minutes=60, seconds=9)


def test_a_burst_in_the_past_is_seen_across_two_pages_of_which_the_newer_comes_first(
    site: Site, time: clock.Stopped
) -> None:
    rule(site, trigger=TEN_IN_FIVE)
    time.move(hours=6)
    burst = [failure(at=NOON + timedelta(seconds=10 * i)) for i in range(10)]
    since = [failure(at=NOON + timedelta(minutes=6 * i)) for i in range(1, 60)]
    take(site, *reversed([*burst[5:], *since]), now=clock.now())
    run(site)
    take(site, failure(), now=clock.now())  # what happens meanwhile
    run(site)
    assert alerts(site) == []
    take(site, *reversed(burst[:5]), now=clock.now())
    run(site)
    (alert,) = alerts(site)
    assert (alert.late, alert.first_event_at) == (True, NOON)


def test_each_group_has_its_own_window_and_its_own_alert(site: Site, told: Receiver) -> None:
    trigger = {**TEN_IN_FIVE, "group_by": ["messaging_service_sid"]}
    webhook(site, told.url, rule(site, trigger=trigger))
    take(site, *[failure(messaging_service_sid="MG" + "1" * 32) for _ in range(10)])
    take(site, *[failure(messaging_service_sid="MG" + "2" * 32) for _ in range(9)])
    take(site, *[failure(messaging_service_sid="MG" + "3" * 32) for _ in range(11)])
    run(site)
    assert [json.loads(a.group)["messaging_service_sid"][:3] for a in alerts(site)] == ["MG1", "MG3"]
    assert told.reasons() == ["alert.firing", "alert.firing"]
    groups = sorted(request.data["data"]["group"]["messaging_service_sid"] for request in told.requests)
    assert groups == ["MG" + "1" * 32, "MG" + "3" * 32]


def test_a_message_listed_as_sent_and_later_undelivered_is_exactly_one_alert(site: Site, told: Receiver) -> None:
    webhook(site, told.url, rule(site))
    record = message(status="sent", price=None)
    take(site, record)
    run(site)
    assert told.requests == []
    later = {**record, "status": "undelivered", "error_code": 30005}
    take(site, later)
    run(site)
    take(site, {**later, "price": "-0.0075"})
    take(site, {**later, "price": "-0.0075"})
    run(site)
    assert told.reasons() == ["alert.firing"]
    assert [alert.count for alert in alerts(site)] == [1]
    data = told.requests[0].data["data"]
    assert (data["error_code"], data["logs"][0]["sid"]) == (30005, record["sid"])


def test_cooldown_keeps_a_second_alert_quiet_until_it_is_over(site: Site, told: Receiver, time: clock.Stopped) -> None:
    rule_id = rule(site, cooldown="1h", clear={"below": 1, "for": "5m"})
    webhook(site, told.url, rule_id)
    take(site, failure())
    run(site)
    time.move(minutes=10)
    run(site)
    take(site, failure(), now=clock.now())
    run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved"]
    assert "cooldown until" in (alerts(site)[1].notice or "")
    time.move(minutes=5)
    take(site, failure(), now=clock.now())
    time.move(minutes=4)
    run(site)
    for _ in range(11):
        time.move(minutes=4)
        take(site, failure(), now=clock.now())
        run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved", "alert.firing"]


def test_a_silence_keeps_quiet_and_its_end_tells(site: Site, told: Receiver, time: clock.Stopped) -> None:
    rule_id = rule(site, clear={"below": 1, "for": "2h"})
    webhook(site, told.url, rule_id)
    with site.database.begin() as session:
        silences.create(session, SilenceIn(rule_id=rule_id, ends_at=NOON + timedelta(hours=1)), NOON)
    take(site, failure())
    run(site)
    assert told.requests == []
    time.move(minutes=59)
    run(site)
    assert told.requests == []
    time.move(minutes=2)
    run(site)
    assert told.reasons() == ["alert.firing"]


def test_a_silence_of_another_group_changes_nothing(site: Site, told: Receiver) -> None:
    rule_id = rule(site, trigger={"type": "each", "group_by": ["to_country"]})
    webhook(site, told.url, rule_id)
    with site.database.begin() as session:
        silenced = SilenceIn(group={"to_country": "GB"}, ends_at=NOON + timedelta(hours=1))
        silences.create(session, silenced, NOON)
    take(site, failure(to="+447700900123"), failure(to="+12065550100"))
    run(site)
    assert [request.data["data"]["group"]["to_country"] for request in told.requests] == ["US"]


def test_acknowledging_stops_nothing_but_is_remembered_and_a_resolved_alert_cannot_be(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    webhook(site, told.url, rule(site))
    take(site, failure())
    run(site)
    with site.database.begin() as session:
        alert = close.acknowledge(session, 1, "maria", clock.now())
        assert (alert.state, alert.acknowledged_by) == ("acknowledged", "maria")
    time.move(minutes=30)
    run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved"]
    with site.database.begin() as session, pytest.raises(Exception, match="resolved already"):
        close.acknowledge(session, 1, "maria", clock.now())


def test_resolving_by_hand_tells_and_counting_begins_anew(site: Site, told: Receiver) -> None:
    webhook(site, told.url, rule(site, trigger=TEN_IN_FIVE))
    take(site, *[failure() for _ in range(10)])
    run(site)
    with site.database.begin() as session:
        close.resolve(session, 1, "maria", clock.now())
    run(site)
    take(site, *[failure() for _ in range(9)])
    run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved"]
    assert [alert.resolved_reason for alert in alerts(site)] == ["by maria"]


def test_a_changed_rule_closes_its_alerts_and_a_deleted_one_keeps_its_history(site: Site, told: Receiver) -> None:
    rule_id = rule(site)
    action_id = webhook(site, told.url, rule_id)
    take(site, failure())
    run(site)
    with site.database.begin() as session:
        rules.patch(session, rule_id, {"description": "the same rule, better told"}, clock.now())
    run(site)
    assert [alert.state for alert in alerts(site)] == ["firing"]
    with site.database.begin() as session:
        clears = {"below": 1, "for": "7m"}
        rules.patch(session, rule_id, {"name": "Other", "clear": clears}, clock.now())
    run(site)
    take(site, failure())
    run(site)
    with site.database.begin() as session:
        rules.delete(session, rule_id, clock.now())
    with site.database.begin() as session:
        session.get_one(Action, action_id)
    run(site)
    take(site, failure())
    run(site)
    assert [(a.rule_name, a.resolved_reason) for a in alerts(site)] == [
        ("Failures", "rule changed"), ("Other", "rule deleted"),
    ]  # fmt: skip
    assert told.reasons() == ["alert.firing", "alert.resolved"] * 2


def test_alerts_do_not_resolve_while_we_are_blind(site: Site, time: clock.Stopped) -> None:
    from giftpulse.logs import cursor

    rule(site)
    take(site, failure())
    run(site)
    with site.database.begin() as session:
        cursor.succeeded(session, make.ACCOUNT, "message", cursor.Sweep(NOON), NOON)
    time.move(hours=2)
    run(site)
    assert [alert.state for alert in alerts(site)] == ["firing"]
    with site.database.begin() as session:
        cursor.succeeded(session, make.ACCOUNT, "message", cursor.Sweep(NOON), clock.now())
    run(site)
    assert [alert.state for alert in alerts(site)] == ["resolved"]


def test_a_storm_of_groups_ends_in_one_shared_alert(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("giftpulse.monitor.alerts.opening.MOST_GROUPS", 5)
    rule(site, trigger={"type": "each", "group_by": ["to"]})
    take(site, *[failure(to=f"+1206555{i:04d}") for i in range(30)])
    run(site)
    assert len(alerts(site)) == 6
    assert alerts(site)[-1].count == 25


def test_a_receiver_that_fails_for_a_while_is_told_later_with_the_same_id(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    told.answer = lambda _request: 503 if len(told.requests) < 3 else 204
    webhook(site, told.url, rule(site, clear={"below": 1, "for": "1d"}))
    take(site, failure())
    run(site)
    for _ in range(4):
        time.move(minutes=3)
        run(site)
    assert len(told.requests) == 3
    assert len({request.headers["webhook-id"] for request in told.requests}) == 1
    with site.database.read() as session:
        attempts = session.scalars(select(NotificationAttempt).order_by(NotificationAttempt.number)).all()
    assert [(attempt.outcome, attempt.status) for attempt in attempts] == [
        ("temporary", 503), ("temporary", 503), ("delivered", 204),
    ]  # fmt: skip


def test_a_receiver_that_refuses_is_not_asked_again_and_hears_of_no_end(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    told.answer = lambda _request: 404
    webhook(site, told.url, rule(site))
    take(site, failure())
    run(site)
    time.move(hours=1)
    run(site)
    assert len(told.requests) == 1
    with site.database.read() as session:
        states = session.scalars(select(Notification.state).order_by(Notification.id)).all()
        assert session.scalars(select(Action.trouble)).one() is not None
    assert states == ["failed", "dropped"]


def test_gone_switches_the_action_off(site: Site, told: Receiver) -> None:
    told.answer = lambda _request: 410
    webhook(site, told.url, rule(site))
    take(site, failure())
    run(site)
    with site.database.read() as session:
        assert session.scalars(select(Action.enabled)).one() is False


def test_one_bad_rule_does_not_stop_the_others(site: Site) -> None:
    bad, good = rule(site, name="bad"), rule(site, name="good")
    with site.database.begin() as session:
        session.get_one(Rule, bad).spec = '{"name": "from the future", "condition": {"field": "aura"}}'
        session.get_one(Rule, bad).version += 1
    take(site, failure())
    run(site)
    assert [alert.rule_id for alert in alerts(site)] == [good]
    with site.database.read() as session:
        assert "condition.op: missing" in (session.get_one(Rule, bad).broken or "")


def test_the_history_of_an_alert_says_what_happened_and_why(site: Site, told: Receiver, time: clock.Stopped) -> None:
    webhook(site, told.url, rule(site))
    take(site, failure())
    run(site)
    time.move(minutes=30)
    run(site)
    with site.database.read() as session:
        events = session.scalars(select(AlertEvent.what).order_by(AlertEvent.id)).all()
    assert events == [
        "opened", "told: firing", "notice sent: firing", "resolved", "told: resolved", "notice sent: resolved",
    ]  # fmt: skip


def test_killed_between_opening_and_sending_it_is_sent_once_with_the_same_id(
    database_url: str, site: Site, told: Receiver
) -> None:
    """The alert is open and its notification written; then the process is killed with the request on its way."""
    webhook(site, told.url, rule(site))
    take(site, failure())
    while rounds.watch(site):
        pass
    site.close()
    killed = _send_and_be_killed(database_url, told)
    assert killed == -signal.SIGKILL
    (first,) = told.requests
    told.answer = lambda _request: 204
    again = make.site(database_url)
    with clock.stopped(NOON + timedelta(seconds=30)):
        rounds.notify(again)
    assert len(told.requests) == 1, "the claim of the dead process still holds"
    with clock.stopped(NOON + timedelta(minutes=10)):
        rounds.notify(again)
        rounds.notify(again)
    assert len(told.requests) == 2
    assert told.requests[1].headers["webhook-id"] == first.headers["webhook-id"]
    with again.database.read() as session:
        outcomes = session.scalars(select(NotificationAttempt.outcome).order_by(NotificationAttempt.number)).all()
    assert outcomes == [None, "delivered"]
    again.close()


def _send_and_be_killed(database_url: str, told: Receiver) -> int:
    program = textwrap.dedent(
        """
        import sys
        from tests import make
        from giftpulse.ground import clock
        from giftpulse.monitor import rounds
        with clock.stopped(make.NOON):
            rounds.notify(make.site(sys.argv[1]))
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program, database_url])

    def kill(_request: object) -> int:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        return 204

    told.answer = kill
    return process.wait(30)


def test_windows_that_are_long_over_are_forgotten(site: Site, time: clock.Stopped) -> None:
    from giftpulse.monitor import cleanup

    rule(site, trigger=TEN_IN_FIVE)
    take(site, failure())
    run(site)
    time.move(days=20)
    assert cleanup.cleanup(site)["alert groups"] == 1
    with site.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AlertGroup)) == 0


def test_deciding_twice_tells_once(site: Site, told: Receiver) -> None:
    webhook(site, told.url, rule(site))
    take(site, failure())
    while rounds.watch(site):
        pass
    with site.database.begin() as session:
        assert plan.plan_due(session, clock.now(), None) == 0
    rounds.notify(site)
    rounds.notify(site)
    assert told.reasons() == ["alert.firing"]


def test_the_second_alert_of_a_group_counts_only_its_own(site: Site, time: clock.Stopped) -> None:
    rule(site, clear={"below": 1, "for": "5m"})
    for _ in range(2):
        take(site, failure(), now=clock.now())
        run(site)
        time.move(hours=1)
        run(site)
    assert [(alert.count, alert.first_event_at) for alert in alerts(site)] == [
        (1, NOON), (1, NOON + timedelta(hours=1)),
    ]  # fmt: skip


def test_a_threshold_alert_counts_what_lies_in_the_window_that_was_crossed(site: Site, time: clock.Stopped) -> None:
    rule(site, trigger=TEN_IN_FIVE)
    take(site, *[failure() for _ in range(9)], now=clock.now())
    run(site)
    time.move(days=2)
    take(site, *[failure() for _ in range(10)], now=clock.now())
    run(site)
    (alert,) = alerts(site)
    assert (alert.count, alert.first_event_at) == (10, NOON + timedelta(days=2))


def test_a_failure_after_a_rule_was_edited_is_told_by_the_new_rule(site: Site, told: Receiver) -> None:
    rule_id = rule(site)
    webhook(site, told.url, rule_id)
    take(site, failure())
    run(site)
    with site.database.begin() as session:
        rules.patch(session, rule_id, {"clear": {"below": 1, "for": "9m"}}, clock.now())
    take(site, failure())
    run(site)
    assert [(alert.state, alert.count) for alert in alerts(site)] == [("resolved", 1), ("firing", 1)]
    assert sorted(told.reasons()) == ["alert.firing", "alert.firing", "alert.resolved"]


def test_what_was_said_later_does_not_change_what_was_news_before(site: Site) -> None:
    """A direction that a list adds to what a callback said: one failure, whether read step by step or together."""
    from giftpulse.logs import store
    from giftpulse.logs.entry import Entry

    condition = {"all": [FAILED, {"field": "direction", "op": "eq", "value": "outbound-api"}]}
    rule(site, condition=condition)
    record = failure()
    said = Entry(account_sid=make.ACCOUNT, sid=record["sid"], kind="message", status="undelivered", said="{}")
    with site.database.begin() as session:
        store.write(session, [said], "callback", clock.now())
    take(site, record)
    take(site, {**record, "price": "-0.01"})
    run(site)
    assert [alert.count for alert in alerts(site)] == [1]


def test_a_text_told_in_other_words_is_not_a_second_event(site: Site) -> None:
    condition = {"field": "text", "op": "regex", "value": "HTTP"}
    rule(site, condition=condition, trigger={"type": "threshold", "count": 2, "within": "5m"})
    record = make.alert()
    take(site, record, kind="alert")
    take(site, {**record, "alert_text": "Msg=HTTP+failure+in+other+words&x=1"}, kind="alert")
    run(site)
    assert alerts(site) == []


def test_a_very_long_group_has_its_alert_like_any_other(site: Site) -> None:
    rule(site, condition={"field": "kind", "op": "eq", "value": "alert"},
         trigger={"type": "each", "group_by": ["request_url"]})  # fmt: skip
    urls = [f"https://example.com/{os.urandom(3000).hex()}" for _ in range(2)]
    take(site, *[make.alert(request_url=url) for url in urls], kind="alert")
    run(site)
    run(site)
    assert sorted(json.loads(alert.group)["request_url"] for alert in alerts(site)) == sorted(urls)


def test_an_action_that_comes_later_hears_of_the_next_alert_at_once(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    rule_id = rule(site, cooldown="6h", clear={"below": 1, "for": "5m"})
    take(site, failure())
    run(site)
    webhook(site, told.url, rule_id)
    time.move(minutes=30)
    run(site)
    take(site, failure(), now=clock.now())
    run(site)
    assert told.reasons() == ["alert.firing"]


def test_an_alert_that_opened_before_its_action_is_told_once_there_is_one(site: Site, told: Receiver) -> None:
    rule_id = rule(site)
    other = rule(site, name="Others", condition={"field": "status", "op": "eq", "value": "busy"})
    take(site, failure())
    run(site)
    webhook(site, told.url, other)
    run(site)
    assert alerts(site)[0].notice == "firing, but the rule has no enabled action"
    assert told.reasons() == []
    for _ in range(2):  # the second one comes too late: the alert is told already
        webhook(site, told.url, rule_id)
        run(site)
        run(site)
    assert alerts(site)[0].notice == "firing"
    assert told.reasons() == ["alert.firing"]
    with site.database.begin() as session:
        close.resolve(session, alerts(site)[0].id, "ann", clock.now())
        assert [event.what for event in session.scalars(select(AlertEvent).order_by(AlertEvent.id))][:4] == [
            "opened", "not told", "told: firing", "notice sent: firing",
        ]  # fmt: skip
    run(site)
    assert told.reasons() == ["alert.firing", "alert.resolved"]


@pytest.mark.parametrize("switched", [{"enabled": True}, {"rule_id": None}])
def test_an_action_that_is_switched_on_or_given_to_the_rule_hears_of_the_open_alert(
    site: Site, told: Receiver, switched: dict[str, Any]
) -> None:
    rule_id = rule(site)
    other = rule(site, name="Others", enabled=False)
    action_id = webhook(site, told.url, rule_id if "enabled" in switched else other)
    data = {"rule_id": rule_id, "action_type": "webhook", "enabled": "enabled" not in switched}
    config = {"config": {"url": told.url}}
    with site.database.begin() as session:
        actions.change(session, site, action_id, {**data, **config, "rule_id": other}, clock.now())
    take(site, failure())
    run(site)
    assert told.reasons() == []
    with site.database.begin() as session:
        actions.change(session, site, action_id, {**data, **config, **switched}, clock.now())
    run(site)
    run(site)
    assert told.reasons() == ["alert.firing"]


def test_a_late_action_hears_of_no_alert_that_is_silenced_acknowledged_or_over(
    site: Site, told: Receiver, time: clock.Stopped
) -> None:
    rule_id = rule(site, trigger={"type": "each", "group_by": ["to"]}, clear={"below": 1, "for": "5m"})
    take(site, *[failure(to=f"+1500555000{i}") for i in range(3)])
    run(site)
    silenced, acknowledged, over = alerts(site)
    hour = SilenceIn.model_validate({"group": json.loads(silenced.group), "ends_at": clock.now() + timedelta(hours=1)})
    with site.database.begin() as session:
        silences.create(session, hour, clock.now())
        close.acknowledge(session, acknowledged.id, "ann", clock.now())
        close.resolve(session, over.id, "ann", clock.now())
    webhook(site, told.url, rule_id)
    run(site)
    assert told.reasons() == []
    waits, known, done = [alert.notice or "" for alert in alerts(site)]
    assert waits.startswith("silence ")
    assert (known, done) == ("acknowledged before anybody was told of it", "resolved before anybody was told of it")


def test_a_failed_step_gives_its_batches_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(site)
    take(site, failure())
    with monkeypatch.context() as broken:
        broken.setattr("giftpulse.monitor.match.feed", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rounds.watch(site)
    assert rounds.watch(site)
    assert [alert.count for alert in alerts(site)] == [1]


def test_watching_and_resolving_side_by_side_never_wait_for_each_other(postgres_url: str) -> None:
    """Group before alert, in every round: two orders would end in a deadlock."""
    with closing(make.site(postgres_url, migrated=True)) as site:
        rounds.enrol(site)
        rule(site, trigger={"type": "each", "group_by": ["to"]}, clear={"below": 1, "for": "1s"})
        failed: list[BaseException] = []
        over = threading.Event()

        def resolving() -> None:
            try:
                while not over.is_set():
                    rounds.resolve(site)
            except BaseException as error:  # told to the test below
                failed.append(error)

        thread = threading.Thread(target=resolving)
        thread.start()
        for _ in range(25):
            take(site, *[failure(to=f"+1206555{i:04d}") for i in range(30)], now=clock.now())
            while rounds.watch(site):
                pass
        over.set()
        thread.join()
        assert not failed


def test_a_stop_in_the_middle_costs_no_retry(site: Site) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=5)) as silent:
        webhook(site, f"http://127.0.0.1:{silent.getsockname()[1]}/", rule(site))
        take(site, failure())
        while rounds.watch(site):
            pass
        stop = threading.Event()
        threading.Timer(0.5, stop.set).start()
        send.serve(site, stop, lambda: None)
    with site.database.read() as session:
        (notification,) = session.scalars(select(Notification))
        (attempt,) = session.scalars(select(NotificationAttempt))
    assert (notification.state, notification.failures, notification.claimed_until) == ("pending", 0, None)
    assert attempt.outcome == "cut off"


def test_a_backlog_for_an_action_that_is_off_holds_up_nobody(site: Site, told: Receiver) -> None:
    off = webhook(site, told.url, rule(site, name="off", trigger={"type": "each", "group_by": ["to"]}))
    webhook(site, told.url, rule(site, name="on"))
    take(site, *[failure(to=f"+1206555{i:04d}") for i in range(40)])
    while rounds.watch(site):
        pass
    with site.database.begin() as session:
        session.get_one(Action, off).enabled = False
    rounds.notify(site)
    assert told.reasons() == ["alert.firing"]
