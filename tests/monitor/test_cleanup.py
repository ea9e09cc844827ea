"""Retention of the monitor: what is old goes, a few rows in each transaction; what is open or young stays."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.monitor import cleanup
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.alerts.models import Alert, AlertEvent, AlertGroup, Silence
from giftpulse.monitor.notify.models import Notification, NotificationAttempt
from giftpulse.monitor.rules import store as rules
from tests.make import NOON
from tests.web import seeded

OLD = NOON - timedelta(days=500)
TABLES = (Alert, AlertEvent, AlertGroup, Silence, Notification, NotificationAttempt)


def put(site: Site, number: int, action: int) -> None:
    """One old alert with all that belongs to it, a test of an action, and a silence that is over."""
    with site.database.begin() as session:
        alert = Alert(
            rule_id=1, rule_version=1, rule_name="A rule", severity="warning", group_key=f"[{number}]", group="{}",
            state="resolved", summary="", count=1, samples="[]", late=False, opened_at=OLD, first_event_at=OLD,
            last_event_at=OLD, resolved_at=OLD,
        )  # fmt: skip
        session.add(alert)
        session.flush()
        session.add(AlertEvent(alert_id=alert.id, at=OLD, what="opened", why=""))
        session.add(AlertGroup(rule_id=1, group_key=f"[{number}]", rule_version=1, times=b"", last_event_at=OLD))
        session.add(
            Silence(severity=None, group="{}", starts_at=OLD, ends_at=OLD, comment="", created_by="", created_at=OLD)
        )
        for name, alert_id in (("n", alert.id), ("test", None)):
            notice = Notification(
                notice_id=f"{name}{number}", alert_id=alert_id, action_id=action, reason="firing", alert='{"a": 1}',
                state="sent", created_at=OLD, finished_at=OLD,
            )  # fmt: skip
            session.add(notice)
            session.flush()
            session.add(NotificationAttempt(notification_id=notice.id, number=1, started_at=OLD))


def left(site: Site) -> dict[str, int]:
    with site.database.read() as session:
        return {each.__tablename__: session.scalar(select(func.count()).select_from(each)) or 0 for each in TABLES}


def test_everything_old_goes_in_small_transactions(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "AT_ONCE", 3)
    action, commits = seeded.action(site), list[int]()
    for number in range(7):
        put(site, number, action)
    event.listen(site.database.engine, "commit", lambda _connection: commits.append(1))
    with clock.stopped(NOON):
        assert cleanup.cleanup(site, dry_run=True) == {"alerts": 7, "alert groups": 7, "silences": 7}
        assert cleanup.cleanup(site) == {"alerts": 7, "alert groups": 7, "silences": 7}
        assert len(commits) >= 5 * 3, "alerts, words, tests, groups, silences: three transactions for seven rows"
        assert set(left(site).values()) == {0}
        assert set(cleanup.cleanup(site).values()) == {0}


def test_what_is_open_or_young_stays(site: Site) -> None:
    action = seeded.action(site)
    put(site, 1, action)
    with site.database.begin() as session:
        session.scalars(select(Alert)).one().state = "firing"
        session.scalars(select(AlertGroup)).one().last_event_at = NOON
        session.scalars(select(Silence)).one().ends_at = NOON
        for notice in session.scalars(select(Notification)):
            notice.created_at = NOON
    before = left(site)
    with clock.stopped(NOON):
        assert set(cleanup.cleanup(site).values()) == {0}
    assert left(site) == before
    with site.database.read() as session:
        assert set(session.scalars(select(Notification.alert))) == {"{}"}, "its words are too old to be kept"


def test_nothing_is_left_of_settings_that_nobody_needs(site: Site) -> None:
    kept, deleted = seeded.action(site), seeded.action(site)
    gone, going = (seeded.action(site, seeded.rule(site)) for _ in range(2))
    with site.database.begin() as session:
        session.get_one(Action, deleted).deleted_at = OLD  # by an older version, which kept what it had
        for action, days in ((gone, 3), (going, 1)):
            rule_id = session.get_one(Action, action).rule_id
            rules.delete(session, int(rule_id or 0), NOON - timedelta(days=days))
    with clock.stopped(NOON):
        cleanup.cleanup(site, dry_run=True)
        assert set(forgotten(site)) == set()
        cleanup.cleanup(site)
    assert set(forgotten(site)) == {deleted, gone}
    with site.database.read() as session:
        alive = set(session.scalars(select(Action.id).where(Action.deleted_at.is_(None), Action.enabled)))
    assert alive == {kept, going}, "the end of the last alerts of a rule is told yet"


def forgotten(site: Site) -> list[int]:
    with site.database.read() as session:
        return list(session.scalars(select(Action.id).where(Action.config == "")))
