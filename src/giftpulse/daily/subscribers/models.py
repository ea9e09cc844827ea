"""The tables of people: who they are, where, what they agreed to, and every change of that."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

PENDING, ACTIVE, OPTED_OUT, SUPPRESSED, ERASED = "pending", "active", "opted_out", "suppressed", "erased"

_IS_PENDING, IS_FORM = text("status = 'pending'"), text("source = 'form'")


class Audience(Base):
    """Everybody in a program whose day is the same: the instants of a date are computed once for all of them.

    ``zones`` (none: unknown) and ``jurisdictions`` are joined by commas; the window is the program's own where null.
    """

    __tablename__ = "audiences"
    __table_args__ = (UniqueConstraint("program_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    zones: Mapped[str] = mapped_column(Text)
    jurisdictions: Mapped[str]
    window_start: Mapped[int | None] = mapped_column(SmallInteger)
    window_end: Mapped[int | None] = mapped_column(SmallInteger)


class Subscriber(Base):
    """One person in one program.

    ``status``: ``pending`` (asked to confirm), ``active``, ``opted_out`` (by their word), ``suppressed`` (their number
    cannot be reached) or ``erased``. ``timezone_source``: stated, zip, state, number or unknown. ``share``: their place
    in the window (``schedule/spread.py``). ``failures``: texts in a row that could not be delivered for
    ``failure_code``.
    ``moved``: what is planned for them is for another zone or window, and has to be planned again.
    ``number_hash`` outlives an erasure, so that the person is not taken in again by an import. ``updated_at``: whatever
    says when their text is due moves it (``outbox/spent.py`` rests on that).
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        UniqueConstraint("program_id", "number_hash"),
        Index("ix_subscribers_phone", "phone"),
        Index("ix_subscribers_audience_id", "audience_id"),
        Index("ix_subscribers_pending", "id", postgresql_where=_IS_PENDING, sqlite_where=_IS_PENDING),
        Index("ix_subscribers_moved", "program_id", postgresql_where=text("moved"), sqlite_where=text("moved")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]
    phone: Mapped[str | None]
    number_hash: Mapped[bytes] = mapped_column(LargeBinary)
    first_name: Mapped[str | None]
    status: Mapped[str]
    status_reason: Mapped[str] = mapped_column(Text)
    status_at: Mapped[datetime]
    timezone: Mapped[str] = mapped_column(Text)
    timezone_source: Mapped[str]
    state: Mapped[str | None]
    country: Mapped[str | None]
    window_start: Mapped[int | None] = mapped_column(SmallInteger)
    window_end: Mapped[int | None] = mapped_column(SmallInteger)
    audience_id: Mapped[int]
    share: Mapped[int]
    language: Mapped[str | None]
    theme: Mapped[str | None]
    paused_until: Mapped[datetime | None]
    moved: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    failure_code: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ConsentEvent(Base):
    """One line of the consent ledger. Lines are added, and never changed or removed; erasure takes the number from
    them and leaves its hash.

    ``kind``: ``requested``, ``opt_in``, ``confirmed``, ``opt_out``, ``return``, ``suppressed``, ``erased``. ``source``:
    keyword, form, import, api, twilio (its opt-out list) or delivery (an error of a delivery). ``by``: the token, the
    file or the
    person themselves.
    """

    __tablename__ = "consent_events"
    __table_args__ = (
        Index("ix_consent_events_number_hash", "number_hash", "id"),
        Index("ix_consent_events_subscriber_id", "subscriber_id", "id"),
        Index("ix_consent_events_forms", "recorded_at", postgresql_where=IS_FORM, sqlite_where=IS_FORM),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int | None]
    subscriber_id: Mapped[int | None]
    number_hash: Mapped[bytes] = mapped_column(LargeBinary)
    phone: Mapped[str | None]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    kind: Mapped[str]
    source: Mapped[str]
    by: Mapped[str]
    message_sid: Mapped[str | None]
    ip: Mapped[str | None]
    user_agent: Mapped[str | None] = mapped_column(Text)
    wording: Mapped[str | None] = mapped_column(Text)
    wording_version: Mapped[str | None]
    detail: Mapped[str] = mapped_column(Text)
