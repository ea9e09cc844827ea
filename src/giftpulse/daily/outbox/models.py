"""The tables of the outbox: one row for each person and local date, written before the deed."""

from datetime import date, datetime

from sqlalchemy import Date, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

PLANNED, POSTING, UNKNOWN = "planned", "posting", "unknown"
ACCEPTED, SENT = "accepted", "sent"
DELIVERED, UNDELIVERED, FAILED, SKIPPED = "delivered", "undelivered", "failed", "skipped"


_DUE, _OPEN = text("state = 'planned'"), text("state IN ('posting', 'unknown')")
_POSTED, _HAS_SID = text("posted_at IS NOT NULL"), text("sid IS NOT NULL")
_FAILED, _HAS_PHONE = text("state IN ('undelivered', 'failed')"), text("phone IS NOT NULL")


DAY_BITS = 16
"""Bits of a delivery's id that hold its day: 179 years."""

_FIRST_DAY = date(2020, 1, 1).toordinal()


def day_number(local_date: date) -> int:
    """A local date in the id of a delivery. Raises ``ValueError`` for one before 2020 or after 2199."""
    number = local_date.toordinal() - _FIRST_DAY
    if not 0 <= number < 1 << DAY_BITS:
        raise ValueError("expected a date from 2020 to 2199")
    return number


def delivery_id(subscriber_id: int, local_date: date) -> int:
    """The id of the text of a person's day. It stays below 2**53, what JavaScript can hold, for 10**11 people."""
    return subscriber_id << DAY_BITS | day_number(local_date)


class Delivery(Base):
    """The text of one person for one local date. Its id is made of both (:func:`delivery_id`), so that the primary key
    is what keeps it from being there twice.

    ``planned`` -> ``posting`` (the intent, committed before the request; ``claimed_until``) -> ``accepted`` by Twilio
    (``sid``) -> ``sent`` -> ``delivered`` or ``undelivered``. ``failed``: Twilio refused. ``skipped``: not to be sent,
    for ``reason``. ``unknown``: nobody knows whether Twilio took it, until a callback or Twilio's list says so.
    ``send_at`` and ``window_end`` are instants; after the latter a text is worth nothing. ``body_hash`` recognises the
    text in that list.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "program_id", "send_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index("ix_deliveries_open", "claimed_until", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_deliveries_sid", "sid", postgresql_where=_HAS_SID, sqlite_where=_HAS_SID),
        # Each index that a planned row is in costs planning a third; this one is paid when the text goes.
        Index("ix_deliveries_posted_at", "posted_at", postgresql_where=_POSTED, sqlite_where=_POSTED),
        Index("ix_deliveries_failed", "id", postgresql_where=_FAILED, sqlite_where=_FAILED),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    program_id: Mapped[int]
    subscriber_id: Mapped[int]
    audience_id: Mapped[int]
    local_date: Mapped[date] = mapped_column(Date)
    send_at: Mapped[datetime]
    window_end: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    claimed_until: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    edition_id: Mapped[int | None]
    body_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    sid: Mapped[str | None]
    status: Mapped[str | None]
    error_code: Mapped[int | None]
    segments: Mapped[int | None] = mapped_column(SmallInteger)
    billed_segments: Mapped[int | None] = mapped_column(SmallInteger)
    price_micros: Mapped[int | None]
    price_unit: Mapped[str | None]


class Plan(Base):
    """A local date of an audience is planned: who joins or moves later is planned by himself (``Subscriber.moved``)."""

    __tablename__ = "plans"

    audience_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    program_id: Mapped[int]
    planned_at: Mapped[datetime]


class Note(Base):
    """A text beside the daily one: a question to confirm, a welcome, an answer that could not be given at once.

    Sent at most once: ``key`` is unique and says what it is for (``ask:17``, ``reply:SM...``), and a request whose
    answer was lost is never repeated. ``expires_at``: after that it is worth nothing.
    """

    __tablename__ = "notes"
    __table_args__ = (
        Index("ix_notes_due", "send_at", postgresql_where=_DUE, sqlite_where=_DUE),
        Index("ix_notes_subscriber_id", "subscriber_id", "id"),
        Index("ix_notes_phone", "phone", postgresql_where=_HAS_PHONE, sqlite_where=_HAS_PHONE),
        Index("ix_notes_sid", "sid", postgresql_where=_HAS_SID, sqlite_where=_HAS_SID),
        # Notes come in the order of time, so a block range index is enough.
        Index("ix_notes_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    program_id: Mapped[int | None]
    subscriber_id: Mapped[int | None]
    phone: Mapped[str | None]
    sender: Mapped[str]
    body: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str]
    send_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    sid: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class DeliveryEvent(Base):
    """Something out of the ordinary that happened to a delivery: a retry, an unknown answer, how it was settled."""

    __tablename__ = "delivery_events"
    __table_args__ = (Index("ix_delivery_events_delivery_id", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int]
    at: Mapped[datetime]
    what: Mapped[str]
    why: Mapped[str] = mapped_column(Text)


class Reconciliation(Base):
    """One nightly comparison with the record: what was checked, healed, and found to be nobody's (JSON samples)."""

    __tablename__ = "reconciliations"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    checked: Mapped[int]
    healed: Mapped[int]
    unpriced: Mapped[int]
    strangers: Mapped[int]
    samples: Mapped[str] = mapped_column(Text)
