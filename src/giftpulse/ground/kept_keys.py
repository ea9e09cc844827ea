"""Keys that outlive ``SECRET_KEY``: kept in the database, locked with it.

The digests of phone numbers cannot be made again, for the numbers of people who were erased are not known any more. So
the key of digests stays when ``SECRET_KEY`` is changed. It is laid here at the first start.
"""

import base64

from sqlalchemy import Text, delete, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from giftpulse.ground import bulk
from giftpulse.ground.database import Base, Database
from giftpulse.ground.secrets import SecretBox

DIGEST = "digest"


class KeptKey(Base):
    """A key: what for, and its text, locked."""

    __tablename__ = "kept_keys"

    name: Mapped[str] = mapped_column(primary_key=True)
    locked: Mapped[str] = mapped_column(Text)


def digest_key(session: Session, box: SecretBox) -> bytes | None:
    """The key of digests that is kept here; None before the first start, when it is the one that ``SECRET_KEY`` makes.
    Raises SettingsError if it was locked with another ``SECRET_KEY``."""
    kept = session.get(KeptKey, DIGEST)
    return base64.b64decode(box.unlock(kept.locked)) if kept is not None else None


def digest_key_in(database: Database, box: SecretBox) -> bytes | None:
    """The same, in a transaction of its own."""
    with database.read() as session:
        return digest_key(session, box)


def is_kept(database: Database) -> bool:
    """Whether one is, with whatever key it is locked."""
    if not inspect(database.engine).has_table(KeptKey.__tablename__):
        return False
    with database.read() as session:
        return session.get(KeptKey, DIGEST) is not None


def keep_first(session: Session, box: SecretBox) -> None:
    """Lay the key of digests down, unless another process was quicker."""
    insert = sqlite.insert if bulk.is_sqlite(session) else postgresql.insert
    session.execute(insert(KeptKey).values(name=DIGEST, locked=_locked(box)).on_conflict_do_nothing())


def forget(session: Session) -> None:
    """Let the key of digests go, where nothing opens it any more."""
    session.execute(delete(KeptKey).where(KeptKey.name == DIGEST))


def keep(session: Session, box: SecretBox) -> bool:
    """Keep the key of digests, locked with the newest ``SECRET_KEY``. Answers whether anything had to be done."""
    kept = session.get(KeptKey, DIGEST, with_for_update=True)
    if kept is None:
        session.add(KeptKey(name=DIGEST, locked=_locked(box)))
    elif box.is_newest(kept.locked):
        return False
    else:
        kept.locked = box.relock(kept.locked)
    session.flush()
    return True


def _locked(box: SecretBox) -> str:
    return box.lock(base64.b64encode(box.digest_key).decode())
