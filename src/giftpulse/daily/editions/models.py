"""The tables of texts: the editions of a program's days, and every attempt to write one."""

from datetime import date, datetime

from sqlalchemy import Date, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

WAITING, APPROVED, REJECTED = "waiting", "approved", "rejected"


class Edition(Base):
    """The text of a program's day, in one language and theme (``theme`` empty: for everybody).

    ``source``: ``ai``, ``fallback`` or ``human``. ``state``: ``waiting`` for a person, ``approved`` (may be sent) or
    ``rejected``. At most one of a day, language and theme is not rejected. ``library_key``: which text of the library
    it
    is, so that the least recently used comes first. ``segments``: with the longest name. ``approve_by``: when it
    gives way.
    """

    __tablename__ = "editions"
    __table_args__ = (
        Index("uq_editions_live", "program_id", "local_date", "language", "theme", unique=True,
              postgresql_where=text("state <> 'rejected'"), sqlite_where=text("state <> 'rejected'")),
        Index("ix_editions_program_id", "program_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]
    local_date: Mapped[date] = mapped_column(Date)
    language: Mapped[str]
    theme: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    encoding: Mapped[str]
    segments: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str]
    library_key: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    approve_by: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WritingAttempt(Base):
    """One request to the writing service: what came of it and what it cost. ``cost_micros``: millionths of a US
    dollar."""

    __tablename__ = "writing_attempts"
    __table_args__ = (
        Index("ix_writing_attempts_program_id", "program_id", "id"),
        Index("ix_writing_attempts_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int]
    local_date: Mapped[date] = mapped_column(Date)
    language: Mapped[str]
    theme: Mapped[str]
    at: Mapped[datetime]
    model: Mapped[str]
    outcome: Mapped[str]
    text: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    cost_micros: Mapped[int]
    milliseconds: Mapped[int]
