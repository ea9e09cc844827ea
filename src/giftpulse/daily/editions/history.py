"""What a program has said, kept ready in each process: loaded once, then only what came since."""

import threading
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool, select
from sqlalchemy.orm import Session

from giftpulse.daily.editions.check import TextRules, Verdict, check
from giftpulse.daily.editions.circuit import Circuit
from giftpulse.daily.editions.likeness import Likeness, Said
from giftpulse.daily.editions.models import Edition

_LOOKED_AT_AGAIN = 500
"""Ids below the highest one seen: what another process inserted may be committed later than what has a higher id."""


class History:
    """All texts of one program, the rejected ones too. For any number of threads."""

    def __init__(self) -> None:
        self._said = Said()
        self._highest = 0
        self._lock = threading.Lock()

    def catch_up(self, session: Session, program_id: int) -> None:
        """Load what was written since, by whichever process."""
        since = self._highest - _LOOKED_AT_AGAIN
        wanted = select(Edition.id, Edition.text).where(Edition.program_id == program_id, Edition.id > since)
        rows = session.execute(wanted.order_by(Edition.id)).all()
        with self._lock:
            for number, text in rows:
                self._said.add(text)
                self._highest = max(self._highest, number)

    def check(self, text: str, rules: TextRules) -> Verdict:
        """The verdict on a text, as far as the history is loaded."""
        with self._lock:
            return check(text, rules, self._said)

    def nearest(self, text: str) -> Likeness | None:
        """The most alike of all past texts."""
        with self._lock:
            return self._said.nearest(text)


@dataclass
class Memory:
    """What one process remembers for one database."""

    circuit: Circuit = field(default_factory=Circuit)
    histories: dict[int, History] = field(default_factory=dict)

    def history(self, program_id: int) -> History:
        """The history of a program, to be caught up with."""
        return self.histories.setdefault(program_id, History())


# One for each database of this process, and gone with it. A session knows its pool of connections, and no Database.
_memories: WeakKeyDictionary[Pool, Memory] = WeakKeyDictionary()


def memory_of(of: Session) -> Memory:
    """The memory for a session's database."""
    bound = of.get_bind()
    engine = bound if isinstance(bound, Engine) else bound.engine
    return _memories.setdefault(engine.pool, Memory())
