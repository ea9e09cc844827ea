"""What stops texts: set, lifted, and asked for. A hold stops the sending and forgets nobody.

One is different: a copy of an installation (restored, or made beside a running one) is held because the other one may
send the same. What becomes due until that hold is lifted never goes here, for nobody knows whether it went there; and
when that hold began and ended is remembered for as long as a text depends on it (``outbox/spent.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from giftpulse.daily.programs.models import Hold, Program
from giftpulse.daily.programs.senders import sender_of
from giftpulse.ground.bulk import is_sqlite
from giftpulse.ground.database import announce
from giftpulse.ground.settings import Settings

CHANGED = "holds.changed"
"""The announcement that something is held up, or goes on."""

ALL, DUE = "all", "due"
"""Scopes: everything; and what was due before sending began here, which stays where it is."""

OPERATOR, ACCOUNT, SENDER, BREAKER, CANARY, COPIED = "operator", "account", "sender", "breaker", "canary", "copied"
TIME = "its time was over"
"""``lifted_by`` of a hold that ended by itself."""

_REMEMBERED = timedelta(days=3)  # no local date lasts so long, from its begin in the first zone to its end in the last


def of_program(program: Program) -> str:
    """The scope of one program."""
    return f"program:{program.id}"


def of_sender(sender: str) -> str:
    """The scope of one sender, with all programs that use it."""
    return f"sender:{sender}"


def hold(session: Session, scope: str, cause: str, reason: str, now: datetime, until: datetime | None = None) -> Hold:
    """Set a hold. One that is open for the same cause stays; of the two, the one that lasts longer tells end and
    reason."""
    expire(session, now)
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    values = {"scope": scope, "cause": cause, "reason": reason, "since": now, "until": until}
    session.execute(insert(Hold).values(values).on_conflict_do_nothing())
    held = session.scalars(_open().where(Hold.scope == scope, Hold.cause == cause).with_for_update()).one()
    if until is None or (held.until is not None and until >= held.until):
        held.reason, held.until = reason, until
    session.flush()
    announce(session, CHANGED)
    return held


def lift(session: Session, scope: str, cause: str | None, now: datetime, by: str) -> list[Hold]:
    """Lift what is open of a scope, for one cause or (None) for any. Answers what was lifted; harmless if none."""
    wanted = _open().where(Hold.scope == scope).order_by(Hold.id).with_for_update()
    found = list(session.scalars(wanted if cause is None else wanted.where(Hold.cause == cause)))
    for held in found:
        held.lifted_at, held.lifted_by = now, by
    session.flush()
    if scope == ALL and any(held.cause == COPIED for held in found):
        lift(session, DUE, COPIED, now, "a later copy")
        hold(session, DUE, COPIED, "sending began here: what was due before does not go", now, now + _REMEMBERED)
    if found:
        announce(session, CHANGED)
    return found


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of an installation. ``made``: when this database became one (of several times in a row, the first).
    ``sends_from``: since when it sends, which is the present for as long as it is held. What was due by then may have
    gone from the other one; and of what was changed since it was made, the other one knew nothing."""

    made: datetime
    sends_from: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What stops texts at some moment. ``holds``: those that are open, the oldest first. ``copied``: None but in a copy
    of an installation that began to send a while ago, or does not send yet."""

    holds: list[Hold]
    copied: Copied | None


def standing(session: Session, now: datetime) -> Standing:
    """Everything that stops texts now, in one question (two in a copy). A hold whose end has come is none, whether
    marked so or not: this only reads, so that a reading transaction may ask."""
    found = session.scalars(_open().order_by(Hold.id)).all()
    lasting = [held for held in found if held.until is None or held.until > now]
    copies = {held.scope: held for held in lasting if held.cause == COPIED}
    copied = None
    if copies:
        sends_from = now if ALL in copies else copies[DUE].since
        copied = Copied(_made(session, now) or sends_from, sends_from)
    return Standing([held for held in lasting if held.scope != DUE], copied)


def _made(session: Session, now: datetime) -> datetime | None:
    """Since when this is a copy. One that is made of a copy that had just begun to send knows no more than that one."""
    lately = or_(Hold.lifted_at.is_(None), Hold.lifted_at >= now - _REMEMBERED)
    return session.scalar(select(func.min(Hold.since)).where(Hold.scope == ALL, Hold.cause == COPIED, lately))


def sends_from(session: Session, now: datetime) -> datetime | None:
    """In a copy of an installation, since when it sends (:class:`Copied`)."""
    copied = standing(session, now).copied
    return None if copied is None else copied.sends_from


def open_holds(session: Session, now: datetime) -> list[Hold]:
    """All holds that are open now, the oldest first."""
    return standing(session, now).holds


def expire(session: Session, now: datetime) -> None:
    """Mark the holds whose end has come as lifted."""
    over = update(Hold).where(Hold.lifted_at.is_(None), Hold.until <= now)
    session.execute(over.values(lifted_at=Hold.until, lifted_by=TIME))


def holding(holds: Iterable[Hold], program: Program, settings: Settings) -> Hold | None:
    """The first of these holds that stops a program; None when it may send."""
    return next(iter(of(holds, program, settings)), None)


def of(holds: Iterable[Hold], program: Program, settings: Settings) -> list[Hold]:
    """Those of these holds that stop a program: its own, its sender's, and those of everything."""
    scopes = {ALL, of_program(program)}
    if sender := sender_of(program, settings):
        scopes.add(of_sender(sender))
    return [held for held in holds if held.scope in scopes]


def _open() -> Select[Hold]:
    return select(Hold).where(Hold.lifted_at.is_(None))
