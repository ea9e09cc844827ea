"""The tables of the record.

Ids of entries and changes are ``batch << 13 | position``: the changes of a batch are a range of the primary key,
ids grow in the order of writing, and none has to be asked from a sequence. They stay below 2**53 (what JavaScript
can hold) for the first 10**12 batches. An entry has the id of the change that first saw it.
"""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

POSITION_BITS = 13
BATCH_LIMIT = 1 << POSITION_BITS
"""Changes that fit into a batch."""


class LogBatch(Base):
    """Changes that were committed together. ``source``: whose word was the first of them. ``history``: fetched by
    backfill, and therefore owed to no reader."""

    __tablename__ = "log_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    written_at: Mapped[datetime]
    changes: Mapped[int]
    history: Mapped[bool]


class LogEntry(Base):
    """One message, call or alert of an account, as it is now. Prices are in millionths of ``price_unit``."""

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("sid", "account_sid"),
        # Rows come in the order of time, so a block range index is enough, and costs nothing to keep.
        Index("ix_log_entries_event_at", "event_at", postgresql_using="brin"),
        Index("ix_log_entries_chase_at", "chase_at", postgresql_where=text("chase_at IS NOT NULL"),
              sqlite_where=text("chase_at IS NOT NULL")),
        Index("ix_log_entries_error_code", "error_code", "id", postgresql_where=text("error_code IS NOT NULL"),
              sqlite_where=text("error_code IS NOT NULL")),
        Index("ix_log_entries_resource_sid", "resource_sid", postgresql_where=text("resource_sid IS NOT NULL"),
              sqlite_where=text("resource_sid IS NOT NULL")),
        Index("ix_log_entries_rare_kind", "kind", "id", postgresql_where=text("kind <> 'message'"),
              sqlite_where=text("kind <> 'message'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_sid: Mapped[str]
    sid: Mapped[str]
    kind: Mapped[str]
    direction: Mapped[str | None]
    status: Mapped[str | None]
    error_code: Mapped[int | None]
    log_level: Mapped[str | None]
    text: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    from_: Mapped[str | None] = mapped_column("from_number")
    to: Mapped[str | None] = mapped_column("to_number")
    resource_sid: Mapped[str | None]
    messaging_service_sid: Mapped[str | None]
    request_url: Mapped[str | None] = mapped_column(Text)
    duration: Mapped[int | None]
    price_micros: Mapped[int | None]
    price_unit: Mapped[str | None]
    segments: Mapped[int | None]
    event_at: Mapped[datetime]
    twilio_created_at: Mapped[datetime | None]
    twilio_updated_at: Mapped[datetime | None]
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    raw: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime]
    last_change_id: Mapped[int]
    chase_at: Mapped[datetime | None]
    settled: Mapped[str | None]


class LogChange(Base):
    """One observed transition. ``other`` is JSON: ``{"price_micros": [null, -7500]}``. The first sight of an entry
    is the change whose id is the entry's id. ``said``: the webhook's own words, as JSON; null for a list.

    An entry's changes are a chain: ``LogEntry.last_change_id``, then ``previous_id`` again and again. That needs no
    index, which would be a third of the cost of writing a change."""

    __tablename__ = "log_changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_id: Mapped[int]
    previous_id: Mapped[int | None]
    seen_at: Mapped[datetime]
    event_at: Mapped[datetime]
    source: Mapped[str]
    status_before: Mapped[str | None]
    status_after: Mapped[str | None]
    error_before: Mapped[int | None]
    error_after: Mapped[int | None]
    other: Mapped[str | None] = mapped_column(Text)
    said: Mapped[str | None] = mapped_column(Text)


class LogReader(Base):
    """Somebody who reads changes, by name, and since when."""

    __tablename__ = "log_readers"

    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class LogOwed(Base):
    """A batch that a reader has not worked on yet. The row goes in the transaction that records the result."""

    __tablename__ = "log_owed"

    reader: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)


class LogReject(Base):
    """Something of Twilio's that could not be made into an entry: kept as it came, once, with the reason."""

    __tablename__ = "log_rejects"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    source: Mapped[str]
    seen_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)


class LogCursor(Base):
    """How far one resource of an account has been pulled, and how the last pull went."""

    __tablename__ = "log_cursors"

    account_sid: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    watermark: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    hourly_sweep_at: Mapped[datetime | None]
    daily_sweep_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class LogBackfill(Base):
    """A fetch of history: where it stands, so that it goes on where it was broken off."""

    __tablename__ = "log_backfills"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_sid: Mapped[str]
    resource: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    reached: Mapped[datetime]
    next_url: Mapped[str | None] = mapped_column(Text)
    records: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
