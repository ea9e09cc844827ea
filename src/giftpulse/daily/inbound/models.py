"""The table of what people wrote to us, and what was answered."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

_IS_OPEN, _IS_DANGER = text("handled_at IS NULL"), text("danger")


class InboundText(Base):
    """One text of a person, once, whatever number of times Twilio told us of it (``message_sid`` is unique).

    ``intent`` is what ``keywords.decide`` made of it. ``reply``: what was answered, and ``reply_by``: ``twiml``,
    ``rest``,
    ``twilio`` (it had answered already) or ``none``. ``handled_at``: when an operator was done with it; only texts
    that are no
    command wait for one. ``danger``: words of self-harm.
    """

    __tablename__ = "inbound_texts"
    __table_args__ = (
        Index("ix_inbound_texts_phone", "phone", "id"),
        Index("ix_inbound_texts_subscriber_id", "subscriber_id", "id"),
        Index("ix_inbound_texts_open", "id", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
        Index("ix_inbound_texts_danger", "id", postgresql_where=_IS_DANGER, sqlite_where=_IS_DANGER),
        Index("ix_inbound_texts_received_at", "received_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_sid: Mapped[str] = mapped_column(unique=True)
    program_id: Mapped[int | None]
    subscriber_id: Mapped[int | None]
    phone: Mapped[str | None]
    sender: Mapped[str]
    received_at: Mapped[datetime]
    body: Mapped[str | None] = mapped_column(Text)
    intent: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    sentiment: Mapped[str]
    danger: Mapped[bool]
    reply: Mapped[str | None] = mapped_column(Text)
    reply_by: Mapped[str]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None]
