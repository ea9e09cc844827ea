"""``POST /api/actions/{id}/test`` and ``/api/notifications``: what was told, and how each attempt went."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from giftpulse.ground.access import Allowed, AtSite
from giftpulse.ground.errors import NotFoundError
from giftpulse.ground.paging import Id, Page, Paging, page_of
from giftpulse.ground.problems import answers
from giftpulse.monitor.notify.models import Notification, NotificationAttempt
from giftpulse.monitor.notify.test_fire import TestFired, test_fire

router = APIRouter(prefix="/api", dependencies=[Allowed], responses=answers(401, 403, 422))

State = Literal["pending", "sent", "failed", "dropped"]


class NotificationQuery(Paging):
    """Which notifications to list."""

    state: State | None = None
    alert_id: Id | None = None
    action_id: Id | None = None


class NotificationOut(BaseModel):
    """One thing that was, or is to be, told through one action."""

    id: Id
    notice_id: str = Field(description="The same over all attempts: the webhook-id")
    alert_id: Id | None
    action_id: Id
    reason: str
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    detail: str | None


class AttemptOut(BaseModel):
    """One attempt. Without an outcome it was cut off, or is under way."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    status: int | None
    detail: str | None


class NotificationDetail(NotificationOut):
    """One notification with every attempt."""

    log: list[AttemptOut]


@router.post("/actions/{action_id}/test", tags=["actions"], responses=answers(404, 409))
def test_action(action_id: Annotated[Id, Path(description="The id of an action")], site: AtSite) -> TestFired:
    """Send a sample notice now, once, and say what came of it."""
    return test_fire(site, action_id)


@router.get("/notifications", tags=["notifications"])
def list_notifications(query: Annotated[NotificationQuery, Query()], site: AtSite) -> Page[NotificationOut]:
    """What was told, the newest first."""
    statement = select(Notification)
    for name in ("state", "alert_id", "action_id"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(Notification, name) == value)
    with site.database.read() as session:
        return page_of(session, statement, Notification.id, query, _out)


@router.get("/notifications/{notification_id}", tags=["notifications"], responses=answers(404))
def get_notification(notification_id: Annotated[Id, Path()], site: AtSite) -> NotificationDetail:
    """One notification with every attempt that was made."""
    with site.database.read() as session:
        found = session.get(Notification, notification_id)
        if found is None:
            raise NotFoundError(f"there is no notification {notification_id}")
        made = select(NotificationAttempt).where(NotificationAttempt.notification_id == found.id)
        attempts = session.scalars(made.order_by(NotificationAttempt.number))
        log = [AttemptOut(**{name: getattr(a, name) for name in AttemptOut.model_fields}) for a in attempts]
        return NotificationDetail(**_out(found).model_dump(), log=log)


def _out(row: Notification) -> NotificationOut:
    return NotificationOut(**{name: getattr(row, name) for name in NotificationOut.model_fields})
