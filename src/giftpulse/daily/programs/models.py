"""The tables of programs: what is sent, by whom, and what holds it up."""

from datetime import date, datetime

from sqlalchemy import Date, Float, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base


class Program(Base):
    """One text program.

    ``sender`` is a phone number, a short code or a messaging service's SID. Window times are minutes of the local day;
    ``weekdays`` is a mask with Monday as bit 0; ``holidays``, ``themes`` and ``banned_words`` are JSON lists.
    ``footer_every``: the footer comes with each n-th text of a person, 0 for never. ``daily_cap``: segments for one
    local date over all people, null for no limit. ``moved``: window, days or quiet hours are others than those that its
    texts were planned for. ``approval``: ``none`` or ``required``; a text not approved when
    ``approval_hours`` are left before the first window opens gives way to the fallback library. ``updated_at``:
    whatever says when texts are due moves it (``outbox/spent.py`` rests on that).
    """

    __tablename__ = "programs"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    brand: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    sender: Mapped[str | None]
    segments_per_second: Mapped[float] = mapped_column(Float)
    join_keyword: Mapped[str | None] = mapped_column(unique=True)
    window_start: Mapped[int] = mapped_column(SmallInteger)
    window_end: Mapped[int] = mapped_column(SmallInteger)
    weekdays: Mapped[int] = mapped_column(SmallInteger)
    holidays: Mapped[str] = mapped_column(Text)
    quiet_hours: Mapped[bool]
    canary: Mapped[bool]
    approval: Mapped[str]
    approval_hours: Mapped[int] = mapped_column(SmallInteger)
    prompt: Mapped[str] = mapped_column(Text)
    themes: Mapped[str] = mapped_column(Text)
    language: Mapped[str]
    max_segments: Mapped[int] = mapped_column(SmallInteger)
    banned_words: Mapped[str] = mapped_column(Text)
    footer: Mapped[str] = mapped_column(Text)
    footer_every: Mapped[int] = mapped_column(SmallInteger)
    help_contact: Mapped[str]
    helpline: Mapped[str] = mapped_column(Text)
    daily_cap: Mapped[int | None]
    moved: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Sender(Base):
    """The pace of a sender, shared by all processes: when its next segment may go. The row is locked while a batch is
    claimed, so that two processes never send at twice the rate."""

    __tablename__ = "senders"

    sender: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime]


class Hold(Base):
    """Something that stops texts, from ``since`` on until it is lifted or ``until`` has come.

    ``scope``: ``all``, ``sender:+1...`` or ``program:17``. ``cause`` says which mechanism set it: ``operator``,
    ``account``, ``sender``, ``breaker``, ``canary`` or ``copied``. There is one open hold of a cause and scope at most.
    The scope ``due`` is no hold on what is to come: it remembers when sending began in a copy of an installation.
    """

    __tablename__ = "holds"
    __table_args__ = (
        Index("uq_holds_open", "scope", "cause", unique=True,
              postgresql_where=text("lifted_at IS NULL"), sqlite_where=text("lifted_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class ProgramDay(Base):
    """One local date of a program: how much of it has been claimed, and what became of its first slice.

    The first slice (``canary_size`` texts) goes out, and the rest waits: ``canary`` is ``open`` until enough outcomes
    are in,
    then ``passed`` or ``failed``, for ``canary_reason``. ``canary_full_at``: when the slice had been claimed.
    """

    __tablename__ = "program_days"

    program_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    claimed: Mapped[int] = mapped_column(default=0)
    segments: Mapped[int] = mapped_column(default=0)
    canary: Mapped[str]
    canary_size: Mapped[int]
    canary_reason: Mapped[str] = mapped_column(Text)
    canary_full_at: Mapped[datetime | None]
