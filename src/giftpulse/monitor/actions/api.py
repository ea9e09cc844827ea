"""``/api/actions``: who is told, and how."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AsRole, AtSite
from giftpulse.ground.paging import Id, IdOrZero, Page, Paging, page_of
from giftpulse.ground.problems import answers
from giftpulse.monitor.actions import store
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.actions.schemas import ActionIn, ActionOut, ActionPatch, action_out

router = APIRouter(prefix="/api/actions", tags=["actions"], dependencies=[Allowed], responses=answers(401, 403, 422))

ActionId = Annotated[Id, Path(description="The id of an action")]


class ActionQuery(Paging):
    """Which actions to list."""

    rule_id: IdOrZero | None = Field(None, description="Only those of this rule")


@router.get("")
def list_actions(query: Annotated[ActionQuery, Query()], site: AtSite, role: AsRole) -> Page[ActionOut]:
    """All actions, the newest first."""
    statement = store.listed()
    if query.rule_id is not None:
        statement = statement.where(Action.rule_id == query.rule_id)
    with site.database.read() as session:
        return page_of(session, statement, Action.id, query, lambda action: action_out(site, action, role))


@router.post("", status_code=201, responses=answers(413))
def create_action(action: ActionIn, site: AtSite) -> ActionOut:
    """Make an action. Addresses, templates and headers are checked now, and addresses again when it is used."""
    with site.database.begin() as session:
        return action_out(site, store.create(session, site, action.model_dump(), clock.now()))


@router.get("/{action_id}", responses=answers(404))
def get_action(action_id: ActionId, site: AtSite, role: AsRole) -> ActionOut:
    """One action."""
    with site.database.read() as session:
        return action_out(site, store.get(session, action_id), role)


@router.put("/{action_id}", responses=answers(404, 413))
def replace_action(action_id: ActionId, action: ActionIn, site: AtSite) -> ActionOut:
    """Replace an action. A secret that comes back as ``********`` keeps its value."""
    with site.database.begin() as session:
        return action_out(site, store.change(session, site, action_id, action.model_dump(), clock.now()))


@router.patch("/{action_id}", responses=answers(404, 409, 413))
def change_action(action_id: ActionId, action: ActionPatch, site: AtSite) -> ActionOut:
    """Change some fields of an action. One whose `config` is null needs a whole new one first."""
    with site.database.begin() as session:
        known = action_out(site, store.get(session, action_id)).model_dump(include=set(ActionIn.model_fields))
        sent = action.model_dump(exclude_unset=True)
        kept = {k: v for k, v in sent.items() if v is not None or k in ("rule_id", "name")}
        return action_out(site, store.change(session, site, action_id, {**known, **kept}, clock.now()))


@router.delete("/{action_id}", status_code=204, responses=answers(404))
def delete_action(action_id: ActionId, site: AtSite) -> None:
    """Delete an action, and forget its `config`. What was told through it stays in the history."""
    with site.database.begin() as session:
        store.delete(session, action_id, clock.now())
