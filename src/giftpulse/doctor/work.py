"""The work: rounds that run, rules that can fire, people who are told, records that could be read."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, func, or_, select

from giftpulse import health
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Hold
from giftpulse.daily.troubles import HELD
from giftpulse.doctor.finding import Finding, fail, ok, warn
from giftpulse.doctor.queues import over_redis
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogReject
from giftpulse.monitor.actions.models import Action
from giftpulse.monitor.rules import store as rules
from giftpulse.monitor.rules.models import Rule

QUIET = timedelta(days=30)
_NAMED = 5


def rounds(site: Site) -> Finding:
    """Whether the rounds run, and run well."""
    check, report = "Rounds", health.check(site)
    if wrong := [problem for problem in report.problems if not problem.startswith(HELD)]:
        says = f"{'; '.join(wrong)}."
        running = "Are `giftpulse worker` and `giftpulse beat`" if over_redis(site) else "Is `giftpulse up`"
        return fail(check, says, f"{running} running? `giftpulse rounds` shows the last errors.")
    if never := [name for name, each in report.rounds.items() if each.last_run_at is None]:
        says = f"Never run yet: {', '.join(never)}."
        start = "`giftpulse worker` and `giftpulse beat`" if over_redis(site) else "`giftpulse up`"
        return warn(check, says, f"Start {start}, or run each by cron (`giftpulse run ROUND`).")
    behind = f", {report.batches_owed} batches behind" if report.batches_owed else ""
    return ok(check, f"All run on time{behind}.")


def texts_held(site: Site) -> Finding:
    """Whether everything is held: of a copy of an installation, or for a trouble with the account."""
    check = "Texts"
    with site.database.read() as session:
        found = [held for held in holds.open_holds(session, clock.now()) if held.scope == holds.ALL]
    if not found:
        return ok(check, "Nothing holds all of them.")
    says = "; ".join(f"{HELD} {held.since:%Y-%m-%d %H:%M} UTC: {held.reason.rstrip('.')}" for held in found)
    first = "Once the other service has ended for good," if _is_copy(found) else "Mend the cause, then"
    resume = "resume any program (`POST /api/programs/{program_id}/resume`), which lifts it for all"
    return fail(check, f"{says[0].upper()}{says[1:]}.", f"{first} {resume}.")


def _is_copy(found: Sequence[Hold]) -> bool:
    return any(held.cause == holds.COPIED for held in found)


def rules_present(site: Site) -> Finding:
    """Whether anything is looked for at all."""
    check = "Rules"
    with site.database.read() as session:
        number = (
            session.scalar(select(func.count()).where(Rule.deleted_at.is_(None), Rule.enabled, Rule.builtin.is_(None)))
            or 0
        )
    if not number:
        return warn(check, "No rule is enabled: nobody is ever told.", "Run `giftpulse rules import FILE`.")
    return ok(check, f"{number} enabled.")


def broken_rules(site: Site) -> Finding:
    """Whether every enabled rule takes part."""
    check = "Broken rules"
    with site.database.read() as session:
        found = session.scalars(rules.listed().where(Rule.enabled, Rule.broken.is_not(None)).order_by(Rule.id)).all()
        reasons = [f"{rule.name!r} ({rule.broken})" for rule in found[:_NAMED]]
    if found:
        return fail(check, f"{len(found)} take no part: {'; '.join(reasons)}.", "Write these rules anew.")
    return ok(check, "There are none.")


def unheard_rules(site: Site) -> Finding:
    """Whether somebody is told of what each enabled rule finds."""
    check = "Rules without an action"
    told = exists().where(
        or_(Action.rule_id == Rule.id, Action.rule_id.is_(None)), Action.enabled, Action.deleted_at.is_(None)
    )
    names = _names(site, Rule.enabled, ~told)
    if names:
        says = f"Of what these find nobody is told: {_list(names)}."
        return warn(check, says, "Make an action for them, or one for all rules (POST /api/actions).")
    return ok(check, "There are none.")


def quiet_rules(site: Site) -> Finding:
    """Whether there are rules that never match: perhaps they do not say what was meant."""
    check, since = "Rules that match nothing", clock.now() - QUIET
    names = _names(
        site,
        Rule.enabled,
        Rule.builtin.is_(None),  # may it never have to speak
        Rule.created_at < since,
        or_(Rule.last_matched_at.is_(None), Rule.last_matched_at < since),
    )
    if names:
        says = f"In {QUIET.days} days these matched nothing: {_list(names)}."
        return warn(check, says, "Try them with `giftpulse rules test FILE`: do they say what was meant?")
    return ok(check, "There are none.")


def rejects(site: Site) -> Finding:
    """Whether Twilio sent something that could not be read."""
    check = "Rejected records"
    with site.database.read() as session:
        number = session.scalar(select(func.count()).select_from(LogReject)) or 0
        newest = session.scalar(select(LogReject).order_by(LogReject.id.desc()).limit(1))
    if newest is None:
        return ok(check, "There are none.")
    says = f"{number} could not be read, the newest at {newest.seen_at:%Y-%m-%d %H:%M} UTC: {newest.reason}."
    return warn(check, says, "They are kept in log_rejects as they came; please report them.")


def _names(site: Site, *conditions: object) -> list[str]:
    with site.database.read() as session:
        statement = rules.listed().where(*conditions).order_by(Rule.id)  # type: ignore[arg-type]
        return list(session.scalars(statement.with_only_columns(Rule.name)))


def _list(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(repr(name) for name in names[:_NAMED]) + more
