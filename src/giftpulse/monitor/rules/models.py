"""The rule table. A deleted rule stays as a row, for its alerts remain and go on telling its name."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from giftpulse.ground.database import Base


class Rule(Base):
    """A rule. ``spec`` is the full form (JSON); ``short_form`` what was sent, if it was a short one.
    ``version`` grows with every change; ``broken`` says why a rule takes no part although it is enabled.
    ``builtin``: the name of one of ours, that watches something else than the record; null for a user's."""

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    enabled: Mapped[bool]
    spec: Mapped[str] = mapped_column(Text)
    short_form: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    matched: Mapped[int] = mapped_column(default=0)
    last_matched_at: Mapped[datetime | None]
    builtin: Mapped[str | None]
    broken: Mapped[str | None] = mapped_column(Text)
