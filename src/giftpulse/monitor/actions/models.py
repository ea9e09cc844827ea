"""The action table. The whole configuration is encrypted: nearly all of it is addresses and secrets."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base

FORGOTTEN = ""
"""The configuration of an action that was deleted: nothing, which needs no key."""


class Action(Base):
    """One way to tell somebody. ``rule_id`` null: of every rule. ``trouble``: why it was switched off by itself, or
    what last went wrong."""

    __tablename__ = "actions"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("rules.id"), index=True)
    name: Mapped[str]
    action_type: Mapped[str]
    enabled: Mapped[bool]
    config: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(Text)
