"""In a copy of an installation: the local dates on which the other one may have sent to a person, nobody knows when.

While nothing changes, a person's moment is the same in both, and what is due after sending began here cannot have gone
there. But whoever moved, joined or chose another time since the copy was made may have got their text at a moment that
is not known any more, and so may everybody whose program was changed. For them a date is spent if it had begun when
sending began here, whatever it is planned for now. Nothing was sent there for a date that had not begun.

This is true of what the other installation knew if it came here, too: heard of by the poll, or made again by hand.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.programs.holds import Copied
from giftpulse.daily.programs.models import Program
from giftpulse.daily.schedule.windows import COAST_TO_COAST
from giftpulse.daily.subscribers.models import Audience, Subscriber
from giftpulse.ground import bulk
from giftpulse.ground.zones import zone


class Spent:
    """The last spent date of each of some people of a program."""

    def __init__(self, session: Session, program: Program, copied: Copied, people: Collection[int]) -> None:
        audiences = select(Audience.id, Audience.zones).where(Audience.program_id == program.id)
        self._begun = {who: _begun(zones, copied.sends_from) for who, zones in session.execute(audiences)}
        self._everybody = program.updated_at >= copied.made
        changed = select(Subscriber.id).where(
            bulk.among(session, Subscriber.id, people), Subscriber.updated_at >= copied.made
        )
        self._changed = frozenset(session.scalars(changed))

    def until(self, person: int, audience: int) -> date | None:
        """The last spent date of a person who is in this audience; None where none is."""
        if person in self._changed:
            # Where they were before is not known: in some place of this program, whose audiences are never forgotten.
            return max(self._begun.values(), default=None)
        return self._begun[audience] if self._everybody else None


def _begun(zones: str, at: datetime) -> date:
    """The last date that had begun at an instant, somewhere in these zones."""
    names = zones.split(",") if zones else COAST_TO_COAST
    return max(at.astimezone(zone(name)).date() for name in names)
