"""A test of an action: a sample notice through the very same outbox and channel, once, at once."""

import asyncio
import json
import secrets
from datetime import timedelta

from pydantic import BaseModel, Field

from giftpulse.ground import clock
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.paging import Id
from giftpulse.ground.site import Site
from giftpulse.monitor.actions import store
from giftpulse.monitor.channels.notice import Notice, sample_notice
from giftpulse.monitor.channels.registry import CHANNELS
from giftpulse.monitor.notify.backoff import Policy
from giftpulse.monitor.notify.models import PENDING, Notification, NotificationAttempt
from giftpulse.monitor.notify.outbox import Task, record
from giftpulse.monitor.notify.send import transport_of


class TestFired(BaseModel):
    """What came of a test."""

    delivered: bool
    notification_id: Id
    status: int | None = Field(description="The HTTP or SMTP code of the other side")
    detail: str


def test_fire(site: Site, action_id: int) -> TestFired:
    """Send a sample through the action, enabled or not. Raises NotFoundError; ConflictError if no key opens it."""
    now = clock.now()
    with site.database.begin() as session:
        action = store.get(session, action_id)
        config = store.config_of(site, action)
        if config is None:
            raise ConflictError(store.NOT_OPENED)
        notice_id = f"msg_{secrets.token_hex(12)}"
        sample = sample_notice("test")
        notification = Notification(
            notice_id=notice_id, action_id=action.id, reason="test", alert=json.dumps(dict(sample.alert)),
            state=PENDING, created_at=now, next_attempt_at=now, claimed_until=now + timedelta(minutes=5),
            attempts=1, failures=0,
        )  # fmt: skip
        session.add(notification)
        session.flush()
        session.add(NotificationAttempt(notification_id=notification.id, number=1, started_at=now))
        notice = Notice(notice_id, "test", sample.alert, now)
        task = Task(notification.id, 1, action.id, action.action_type, config, notice)
    outcome = asyncio.run(CHANNELS[task.action_type].send(task.notice, config, transport_of(site.settings)))
    with site.database.begin() as session:
        record(session, task, outcome, Policy(retries=0), clock.now())
    return TestFired(
        delivered=outcome.delivered,
        notification_id=task.notification_id,
        status=outcome.status,
        detail=outcome.detail or ("delivered" if outcome.delivered else "not delivered"),
    )
