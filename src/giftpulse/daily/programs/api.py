"""``/api/programs``: what is sent, by whom and when."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session

from giftpulse.daily.programs import holds, store
from giftpulse.daily.programs.models import Program
from giftpulse.daily.programs.schemas import (
    ProgramIn,
    ProgramOut,
    ProgramPatch,
    Resumed,
    hold_out,
    program_out,
)
from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.paging import Id, Page, PagingQuery, page_of
from giftpulse.ground.problems import answers
from giftpulse.ground.site import Site

router = APIRouter(prefix="/api/programs", tags=["programs"], dependencies=[Allowed], responses=answers(401, 403, 422))

ProgramId = Annotated[Id, Path(description="The id of a program")]


@router.get("")
def list_programs(paging: PagingQuery, site: AtSite) -> Page[ProgramOut]:
    """All programs, the newest first, each with what stops it at present."""
    with site.database.read() as session:
        open_now = holds.open_holds(session, clock.now())
        return page_of(
            session,
            store.listed(),
            Program.id,
            paging,
            lambda program: program_out(program, holds.of(open_now, program, site.settings)),
        )


@router.post("", status_code=201, responses=answers(409, 413))
def create_program(program: ProgramIn, site: AtSite, role: AsRole) -> ProgramOut:
    """Make a program. Its slug is made from the name: people sign up at `/join/{slug}`."""
    with site.database.begin() as session:
        return _out(session, site, store.create(session, program, clock.now(), _by(role)))


@router.get("/{program_id}", responses=answers(404))
def get_program(program_id: ProgramId, site: AtSite) -> ProgramOut:
    """One program."""
    with site.database.read() as session:
        return _out(session, site, store.get(session, program_id))


@router.put("/{program_id}", responses=answers(404, 409, 413))
def replace_program(program_id: ProgramId, program: ProgramIn, site: AtSite, role: AsRole) -> ProgramOut:
    """Replace all fields of a program. Its slug stays, for people have the address."""
    with site.database.begin() as session:
        return _out(session, site, store.replace(session, program_id, program, clock.now(), _by(role)))


@router.patch("/{program_id}", responses=answers(404, 409, 413))
def change_program(program_id: ProgramId, program: ProgramPatch, site: AtSite, role: AsRole) -> ProgramOut:
    """Change some fields of a program. A new window, other days or hours: what is planned is planned anew."""
    changes = program.model_dump(exclude_unset=True)
    with site.database.begin() as session:
        return _out(session, site, store.patch(session, program_id, changes, clock.now(), _by(role)))


@router.delete("/{program_id}", status_code=204, responses=answers(404))
def delete_program(program_id: ProgramId, site: AtSite, role: AsRole) -> None:
    """Delete a program: nothing more is planned or sent. Its people, texts and their ledger stay."""
    with site.database.begin() as session:
        store.delete(session, program_id, clock.now(), _by(role))


@router.post("/{program_id}/resume", responses=answers(404))
def resume_program(program_id: ProgramId, site: AtSite, role: AsRole) -> Resumed:
    """Lift everything that stops a program: what holds itself, its sender, or (after a refused key) all programs.

    If the cause is still there, it is held again with the next text. After a restore, what was due by now does not go:
    it may have gone before."""
    with site.database.begin() as session:
        lifted = store.resume(session, program_id, site.settings, clock.now(), _by(role))
        program = store.get(session, program_id)
        return Resumed(lifted=[hold_out(held) for held in lifted], program=_out(session, site, program))


def _out(session: Session, site: Site, program: Program) -> ProgramOut:
    open_now = holds.open_holds(session, clock.now())
    return program_out(program, holds.of(open_now, program, site.settings))


def _by(role: str) -> str:
    return f"an {role} token" if role == "admin" else f"a {role} token"
