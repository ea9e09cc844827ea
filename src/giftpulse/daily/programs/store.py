"""Programs kept and asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Hold, Program
from giftpulse.daily.programs.schemas import ProgramIn, columns, read, shown
from giftpulse.daily.programs.senders import sender_of
from giftpulse.daily.programs.slugs import slug
from giftpulse.ground.database import announce
from giftpulse.ground.errors import ConflictError, InvalidInputError, NotFoundError
from giftpulse.ground.settings import Settings

CHANGED = "programs.changed"
"""The announcement that a program was made, changed or deleted."""

_MOVE = ("window_start", "window_end", "weekdays", "holidays", "quiet_hours")
"""What texts are planned by: when it changes, they have to be planned again."""


def create(session: Session, data: Mapping[str, Any] | ProgramIn, now: datetime, by: str = "api") -> Program:
    """Make a program. Raises InvalidInputError with every fault."""
    spec = _read(data)
    program = Program(created_at=now, updated_at=now, moved=False)
    program.slug = slug(spec.name, set(session.scalars(select(Program.slug))))
    _put(session, program, spec, now, by)
    return program


def replace(
    session: Session, program_id: int, data: Mapping[str, Any] | ProgramIn, now: datetime, by: str = "api"
) -> Program:
    """Put another text in place of a program's. Its slug stays, for people have the address."""
    program = get(session, program_id, lock=True)
    _put(session, program, _read(data), now, by)
    return program


def patch(session: Session, program_id: int, changes: Mapping[str, Any], now: datetime, by: str = "api") -> Program:
    """Change some fields."""
    program = get(session, program_id, lock=True)
    known = shown(program, paused=is_paused(session, program, now))
    _put(session, program, read({**known, **changes}), now, by)
    return program


def delete(session: Session, program_id: int, now: datetime, by: str = "api") -> None:
    """Take a program out of service, at once: nothing more is planned or sent. People, texts and ledger stay."""
    program = get(session, program_id, lock=True)
    program.deleted_at = program.updated_at = now
    program.join_keyword = None  # another program may have it
    # Whoever looks at holds only must stop, too.
    holds.hold(session, holds.of_program(program), holds.OPERATOR, f"the program was deleted by {by}", now)
    session.flush()
    announce(session, CHANGED)


def resume(session: Session, program_id: int, settings: Settings, now: datetime, by: str) -> list[Hold]:
    """Lift everything that stops a program: what holds itself, its sender, or all of them. Answers what was lifted."""
    program = get(session, program_id)
    lifted = holds.lift(session, holds.of_program(program), None, now, by)
    lifted += holds.lift(session, holds.ALL, None, now, by)
    if sender := sender_of(program, settings):
        lifted += holds.lift(session, holds.of_sender(sender), None, now, by)
    return lifted


def get(session: Session, program_id: int, *, lock: bool = False) -> Program:
    """A program that is not deleted. Raises NotFoundError."""
    statement = listed().where(Program.id == program_id)
    program = session.scalar(statement.with_for_update() if lock else statement)
    if program is None:
        raise NotFoundError(f"there is no program {program_id}")
    return program


def by_slug(session: Session, slug: str) -> Program | None:
    """The program of a slug, None if there is none or it is deleted."""
    return session.scalar(listed().where(Program.slug == slug))


def listed() -> Select[Program]:
    """All programs that are not deleted."""
    return select(Program).where(Program.deleted_at.is_(None))


def is_paused(session: Session, program: Program, now: datetime) -> bool:
    """Whether an operator has paused it."""
    scope = holds.of_program(program)
    return any(held.scope == scope and held.cause == holds.OPERATOR for held in holds.open_holds(session, now))


def _read(data: Mapping[str, Any] | ProgramIn) -> ProgramIn:
    return data if isinstance(data, ProgramIn) else read(data)


def _put(session: Session, program: Program, spec: ProgramIn, now: datetime, by: str) -> None:
    if spec.window_start >= spec.window_end:
        reason = f"expected a time after window_start ({spec.window_start}) on the same day; no window passes midnight"
        raise InvalidInputError.at("window_end", reason)
    _refuse_taken_keyword(session, program, spec.join_keyword)
    values = columns(spec)
    new = program.id is None
    if not new and any(getattr(program, name) != values[name] for name in _MOVE):
        program.moved = True
    for name, value in values.items():
        setattr(program, name, value)
    program.updated_at = now
    session.add(program)
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError("another program took this name or keyword at the same moment; try again") from None
    _set_paused(session, program, spec.paused, now, by)
    announce(session, CHANGED)


def _refuse_taken_keyword(session: Session, program: Program, keyword: str | None) -> None:
    taken = session.scalar(listed().where(Program.join_keyword == keyword)) if keyword else None
    if taken is not None and taken is not program:
        raise InvalidInputError.at("join_keyword", f"the program {taken.name} has this keyword")


def _set_paused(session: Session, program: Program, paused: bool, now: datetime, by: str) -> None:
    scope, is_so = holds.of_program(program), is_paused(session, program, now)
    if paused and not is_so:
        holds.hold(session, scope, holds.OPERATOR, f"paused by {by}", now)
    elif is_so and not paused:
        holds.lift(session, scope, holds.OPERATOR, now, by)
