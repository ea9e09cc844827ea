"""Audiences: found by what makes people's days the same, and made when there is none."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.schedule.windows import Window
from giftpulse.daily.subscribers.models import Audience
from giftpulse.daily.subscribers.places import Place, from_number, jurisdictions
from giftpulse.ground.bulk import is_sqlite

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Key:
    """What makes people's days the same. ``window`` None: the program's own."""

    zones: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    window: Window | None = None

    @property
    def digest(self) -> bytes:
        """16 bytes for this key and no other."""
        text = "\n".join((",".join(self.zones), ",".join(self.jurisdictions), str(self.window or "")))
        return hashlib.blake2b(text.encode(), digest_size=16).digest()


def key_for(place: Place, phone: str, window: Window | None) -> Key:
    """The key of a person. The law of the place that issued their number counts beside that of where they are."""
    return Key(place.zones, jurisdictions(place, from_number(phone)), window)


def audience_for(session: Session, program_id: int, key: Key) -> int:
    """The id of a program's audience, made if it is new."""
    return audiences_for(session, program_id, [key])[key]


def audiences_for(session: Session, program_id: int, keys: Iterable[Key]) -> dict[Key, int]:
    """The ids of many audiences of a program, in two statements for each 500, however many people are in them."""
    wanted = {key.digest: key for key in keys}
    # In one order, so that two writers do not wait for each other in a circle.
    digests = sorted(wanted)
    found: dict[Key, int] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        known = _ids(session, program_id, some)
        missing = [digest for digest in some if digest not in known]
        if missing:
            _make(session, program_id, [wanted[digest] for digest in missing])
            known |= _ids(session, program_id, missing)
        found |= {wanted[digest]: audience_id for digest, audience_id in known.items()}
    return found


def _ids(session: Session, program_id: int, digests: Sequence[bytes]) -> dict[bytes, int]:
    asked = select(Audience.digest, Audience.id).where(Audience.program_id == program_id, Audience.digest.in_(digests))
    return {row.digest: row.id for row in session.execute(asked)}


def _make(session: Session, program_id: int, keys: Sequence[Key]) -> None:
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    rows = [
        {
            "program_id": program_id,
            "digest": key.digest,
            "zones": ",".join(key.zones),
            "jurisdictions": ",".join(key.jurisdictions),
            "window_start": key.window.start_minute if key.window else None,
            "window_end": key.window.end_minute if key.window else None,
        }
        for key in keys
    ]
    session.execute(insert(Audience).values(rows).on_conflict_do_nothing())
