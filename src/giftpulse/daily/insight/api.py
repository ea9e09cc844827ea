"""What is asked of a person or a program across all rooms: why, what if; all of it, and none of it (GDPR)."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from giftpulse.daily.erase import erase
from giftpulse.daily.export import export
from giftpulse.daily.insight.forecast_schemas import ForecastOut, forecast_out
from giftpulse.daily.insight.schemas import OnDate, StoryOut, story_out
from giftpulse.daily.simulate import simulate
from giftpulse.daily.subscribers import store
from giftpulse.daily.why import timeline
from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.errors import InvalidInputError
from giftpulse.ground.paging import Id
from giftpulse.ground.problems import answers

router = APIRouter(prefix="/api", dependencies=[Allowed], responses=answers(401, 403, 422))

SubscriberId = Annotated[Id, Path(description="The id of a subscriber")]
ProgramId = Annotated[Id, Path(description="The id of a program")]
FIRST, LAST = date(2020, 1, 1), date(2199, 12, 31)
"""Local dates that texts may have."""


@router.get("/subscribers/{subscriber_id}/why", tags=["subscribers"], responses=answers(404))
def why_subscriber(subscriber_id: SubscriberId, on: Annotated[OnDate, Query()], site: AtSite, role: AsRole) -> StoryOut:
    """Why a person got a text, or none: consent, decisions, attempts, statuses and replies in order, each with its
    reason. Without a date it is the last 7 days and the next 2."""
    with site.database.read() as session:
        (chapter,) = timeline(session, site, subscriber_id, clock.now(), _date(on)).chapters
        return story_out(chapter, role)


@router.get("/subscribers/{subscriber_id}/export", tags=["subscribers"], responses=answers(404))
def export_subscriber(subscriber_id: SubscriberId, site: AtSite, role: AsRole) -> dict[str, Any]:
    """Everything about a person, to hand out to them: the subscription, the consent ledger, all texts to and from
    them."""
    with site.database.read() as session:
        return export(session, store.get(session, subscriber_id), role)


@router.delete("/subscribers/{subscriber_id}", status_code=204, tags=["subscribers"], responses=answers(404))
def erase_subscriber(subscriber_id: SubscriberId, site: AtSite, role: AsRole) -> None:
    """Erase a person: number, name, place, what they wrote, and all that tells who they are. The ledger keeps a hash
    of the number."""
    with site.database.begin() as session:
        erase(session, [store.get(session, subscriber_id)], f"{role} token", clock.now())


@router.get("/programs/{program_id}/simulate", tags=["programs"], responses=answers(404))
def simulate_program(program_id: ProgramId, on: Annotated[OnDate, Query()], site: AtSite) -> ForecastOut:
    """A dry run of a local date, by default tomorrow's (UTC): people, segments and cost by zone and hour, when the
    sender gets through, who is skipped and why, and which texts are there. Nothing is written."""
    now = clock.now()
    wanted = _date(on) or (now + timedelta(days=1)).date()
    with site.database.read() as session:
        return forecast_out(simulate(session, site, wanted, now, program_id))


def _date(on: OnDate) -> date | None:
    if on.date is None:
        return None
    wanted = date.fromisoformat(on.date)
    if not FIRST <= wanted <= LAST:
        raise InvalidInputError.at("date", "expected a date from 2020 to 2199")
    return wanted
