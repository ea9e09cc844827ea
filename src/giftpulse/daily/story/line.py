"""One line of a person's story: when, what, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

About = Literal["consent", "day", "hold", "text", "twilio", "inbox", "note"]


@dataclass(frozen=True, slots=True)
class Line:
    """``at``: the instant. ``local_date`` and ``message_id``: of the daily text that it is about. ``text``: words that
    were sent or written. ``after``: what it surely came after, where the clocks of two sides may differ."""

    at: datetime
    about: About
    what: str
    why: str
    local_date: date | None = None
    message_id: int | None = None
    sid: str | None = None
    text: str | None = None
    after: datetime | None = None

    @property
    def order(self) -> datetime:
        """What lines are sorted by."""
        return self.at if self.after is None else max(self.at, self.after)
