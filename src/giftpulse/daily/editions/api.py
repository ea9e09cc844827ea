"""``/api/editions``: what is said, who approved it, and what the writing costs."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import ColumnElement

from giftpulse.daily.editions import approval, human, store
from giftpulse.daily.editions.generate import generate
from giftpulse.daily.editions.history import memory_of
from giftpulse.daily.editions.models import Edition
from giftpulse.daily.editions.rules import rules_of
from giftpulse.daily.editions.schemas import (
    CheckIn,
    CheckOut,
    CostQuery,
    CostsOut,
    EditIn,
    EditionIn,
    EditionOut,
    EditionQuery,
    GeneratedOut,
    GenerateIn,
    NearestOut,
    RejectIn,
    WhoIn,
    costs_out,
    edition_out,
)
from giftpulse.daily.editions.wanted import program_of
from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AtSite
from giftpulse.ground.paging import Id, Page, page_of
from giftpulse.ground.problems import answers

PATIENCE = 20.0
"""Seconds after which a request for texts ends with what there is by then; one text may still take its time."""

_COST_DAYS = timedelta(days=30)

router = APIRouter(prefix="/api/editions", tags=["editions"], dependencies=[Allowed], responses=answers(401, 403, 422))

EditionId = Annotated[Id, Path(description="The id of an edition")]


@router.get("")
def list_editions(query: Annotated[EditionQuery, Query()], site: AtSite) -> Page[EditionOut]:
    """Editions, the newest first."""
    with site.database.read() as session:
        return page_of(session, store.listed(*_conditions(query)), Edition.id, query, edition_out)


def _conditions(query: EditionQuery) -> list[ColumnElement[bool]]:
    columns = (Edition.program_id, Edition.state, Edition.source, Edition.language, Edition.local_date)
    found = [column == wanted for column in columns if (wanted := getattr(query, column.key)) is not None]
    if query.since is not None:
        found.append(Edition.local_date >= query.since)
    if query.until is not None:
        found.append(Edition.local_date <= query.until)
    return found


@router.post("", status_code=201, responses=answers(404, 409, 413))
def create_edition(edition: EditionIn, site: AtSite) -> EditionOut:
    """Write a text for a day ahead, oneself. It is checked as any other, and approved."""
    wish = human.Wish(**edition.model_dump(exclude={"by"}))
    with site.database.begin() as session:
        return edition_out(human.create(session, wish, edition.by, clock.now()))


@router.get("/costs")
def get_costs(query: Annotated[CostQuery, Query()], site: AtSite) -> CostsOut:
    """What writing took, by day and model: an estimate by list prices."""
    since = query.since or (clock.now() - _COST_DAYS).date()
    with site.database.read() as session:
        return costs_out(store.costs(session, since, query.program_id))


@router.post("/generate", responses=answers(404, 413))
def generate_now(wanted: GenerateIn, site: AtSite) -> GeneratedOut:
    """Write what is missing for the days ahead now, and not at the next round. It may take half a minute."""
    return GeneratedOut(**asdict(generate(site, clock.now(), program_id=wanted.program_id, patience=PATIENCE)))


@router.post("/check", responses=answers(404, 413))
def check_text(wanted: CheckIn, site: AtSite) -> CheckOut:
    """Look at a text: what it costs, what speaks against it, and what was said before that is like it."""
    with site.database.read() as session:
        program = program_of(session, wanted.program_id)
        history = memory_of(session).history(program.id)
        history.catch_up(session, program.id)
    verdict = history.check(wanted.text, rules_of(program, wanted.language or program.language))
    nearest = history.nearest(verdict.text)
    return CheckOut(
        ok=verdict.ok,
        text=verdict.text,
        encoding=verdict.count.encoding,
        segments=verdict.count.segments,
        units=verdict.count.units,
        forced_by=verdict.count.forced_by,
        reasons=list(verdict.reasons),
        nearest=nearest and NearestOut(**asdict(nearest), too_alike=nearest.too_alike),
    )


@router.get("/{edition_id}", responses=answers(404))
def get_edition(edition_id: EditionId, site: AtSite) -> EditionOut:
    """One edition."""
    with site.database.read() as session:
        return edition_out(store.get(session, edition_id))


@router.patch("/{edition_id}", responses=answers(404, 409, 413))
def change_text(edition_id: EditionId, wanted: EditIn, site: AtSite) -> EditionOut:
    """Put another text in its place, approved. The answer is a new edition, for the old one may have been sent: it
    stays as it was, rejected."""
    with site.database.begin() as session:
        return edition_out(human.edit(session, edition_id, wanted.text, wanted.by, clock.now(), force=wanted.force))


@router.post("/{edition_id}/approve", responses=answers(404, 409))
def approve_edition(edition_id: EditionId, site: AtSite, who: WhoIn | None = None) -> EditionOut:
    """Let a text go out."""
    with site.database.begin() as session:
        return edition_out(approval.approve(session, edition_id, (who or WhoIn()).by, clock.now()))


@router.post("/{edition_id}/reject", responses=answers(404, 413))
def reject_edition(edition_id: EditionId, wanted: RejectIn, site: AtSite) -> EditionOut:
    """Take a text back. Another is written soon, with the reason in mind."""
    with site.database.begin() as session:
        return edition_out(approval.reject(session, edition_id, wanted.reason, wanted.by, clock.now()))
