"""The outbox of notifications: the row first, then the deed, and a row for every attempt."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

PENDING, SENT, FAILED, DROPPED = "pending", "sent", "failed", "dropped"


class Notification(Base):
    """One thing to tell through one action. ``notice_id`` stays over all attempts (it is the webhook-id);
    ``alert`` is the alert as it was (JSON), so that every attempt says the same. ``failures`` are the attempts that the
    other side let fail: only they count against the retries, not those that we broke off ourselves."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("alert_id", "action_id", "reason"),
        Index("ix_notifications_due", "next_attempt_at",
              postgresql_where=text("state = 'pending'"), sqlite_where=text("state = 'pending'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(unique=True)
    alert_id: Mapped[int | None] = mapped_column(index=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    reason: Mapped[str]
    alert: Mapped[str] = mapped_column("alert_data", Text)
    state: Mapped[str]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    retry_only: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]
    detail: Mapped[str | None] = mapped_column(Text)


class NotificationAttempt(Base):
    """One attempt, written before it is made; the outcome is filled in after. One without an outcome was cut off."""

    __tablename__ = "notification_attempts"

    notification_id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    status: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(Text)
