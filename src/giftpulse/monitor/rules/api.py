"""``/api/rules``: what is looked for."""

from typing import Annotated

from fastapi import APIRouter, Path

from giftpulse.ground import clock
from giftpulse.ground.access import Allowed, AtSite
from giftpulse.ground.paging import IdOrZero, Page, PagingQuery, page_of
from giftpulse.ground.problems import answers
from giftpulse.monitor.rules import store
from giftpulse.monitor.rules.models import Rule
from giftpulse.monitor.rules.schemas import RuleIn, RuleOut, RulePatch, rule_out

router = APIRouter(prefix="/api/rules", tags=["rules"], dependencies=[Allowed], responses=answers(401, 403, 422))

RuleId = Annotated[IdOrZero, Path(description="The id of a rule")]


@router.get("")
def list_rules(paging: PagingQuery, site: AtSite) -> Page[RuleOut]:
    """All rules, the newest first."""
    with site.database.read() as session:
        return page_of(session, store.listed(), Rule.id, paging, rule_out)


@router.post("", status_code=201, responses=answers(413))
def create_rule(rule: RuleIn, site: AtSite) -> RuleOut:
    """Make a rule, in either form. A rule that could never match as meant is refused, with each field and reason."""
    with site.database.begin() as session:
        return rule_out(store.create(session, rule.said(), clock.now()))


@router.get("/{rule_id}", responses=answers(404))
def get_rule(rule_id: RuleId, site: AtSite) -> RuleOut:
    """One rule."""
    with site.database.read() as session:
        return rule_out(store.get(session, rule_id))


@router.put("/{rule_id}", responses=answers(404, 413))
def replace_rule(rule_id: RuleId, rule: RuleIn, site: AtSite) -> RuleOut:
    """Put another text in place of a rule's. Open alerts of the old text resolve, with that reason."""
    with site.database.begin() as session:
        return rule_out(store.replace(session, rule_id, rule.said(), clock.now()))


@router.patch("/{rule_id}", responses=answers(404, 413))
def change_rule(rule_id: RuleId, rule: RulePatch, site: AtSite) -> RuleOut:
    """Change some fields of a rule."""
    with site.database.begin() as session:
        return rule_out(store.patch(session, rule_id, rule.said(), clock.now()))


@router.delete("/{rule_id}", status_code=204, responses=answers(404, 409))
def delete_rule(rule_id: RuleId, site: AtSite) -> None:
    """Delete a rule. Its alerts and their history stay. A built-in one can only be switched off (409)."""
    with site.database.begin() as session:
        store.delete(session, rule_id, clock.now())
