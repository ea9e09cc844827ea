"""The tables of alerts. Deleting a rule touches none of them: they keep its name and version."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"


class AlertGroup(Base):
    """What is remembered about a rule and group: the event times in its window.

    ``times`` is the state of a ``matching.windows.Window``; ``rule_version`` that of the rule it was counted for.
    """

    __tablename__ = "alert_groups"

    rule_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    group_key: Mapped[str] = mapped_column(primary_key=True)
    rule_version: Mapped[int]
    times: Mapped[bytes] = mapped_column(LargeBinary)
    last_event_at: Mapped[datetime]


class Alert(Base):
    """One incident of a rule and group, from its opening to its resolution.

    ``group`` and ``samples`` (ids of log entries) are JSON. ``closes_at``: when it resolves if nothing more happens.
    ``notice_due_at``: when to decide (again) whether somebody is to be told; ``notice`` what was decided, and why.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "rule_id", "group_key", unique=True,
              postgresql_where=text("state <> 'resolved'"), sqlite_where=text("state <> 'resolved'")),
        Index("ix_alerts_group", "rule_id", "group_key", "id"),
        Index("ix_alerts_closes_at", "closes_at",
              postgresql_where=text("state <> 'resolved'"), sqlite_where=text("state <> 'resolved'")),
        Index("ix_alerts_notice_due_at", "notice_due_at",
              postgresql_where=text("notice_due_at IS NOT NULL"), sqlite_where=text("notice_due_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int]
    rule_version: Mapped[int]
    rule_name: Mapped[str]
    severity: Mapped[str]
    group_key: Mapped[str]
    group: Mapped[str] = mapped_column("group_labels", Text)
    state: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column("event_count")
    samples: Mapped[str] = mapped_column(Text)
    late: Mapped[bool]
    opened_at: Mapped[datetime]
    first_event_at: Mapped[datetime]
    last_event_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolved_reason: Mapped[str | None]
    told_at: Mapped[datetime | None]
    notice_due_at: Mapped[datetime | None]
    notice: Mapped[str | None] = mapped_column(Text)


class AlertEvent(Base):
    """A line in an alert's history: opened, acknowledged, resolved, told, kept silent; by whom or what, and why."""

    __tablename__ = "alert_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    why: Mapped[str] = mapped_column(Text)


class Silence(Base):
    """A time in which nobody is told of the alerts that match. Null matches every rule and every severity;
    ``group`` is JSON of labels that the alert's group must have."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int | None]
    severity: Mapped[str | None]
    group: Mapped[str] = mapped_column("group_labels", Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    comment: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
