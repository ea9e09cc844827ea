"""Configurations of actions: locked anew with the newest key, some at a time; given up where no key opens them; and
forgotten where the action was deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from giftpulse.ground import bulk
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import FORGOTTEN, Action
from giftpulse.monitor.actions.store import NOT_OPENED, listed

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Relocked:
    """What became of some actions: locked anew, fine as they were, or opened by none of our keys (their ids). ``last``:
    the id to go on after; None when there are no more."""

    changed: int
    fine: int
    shut: tuple[int, ...]
    last: int | None


def relock(session: Session, site: Site, after: int) -> Relocked:
    """The next actions that are not deleted. One that somebody changes at the same time keeps what it was given."""
    wanted = select(Action.id, Action.config).where(Action.id > after, Action.deleted_at.is_(None))
    rows = session.execute(wanted.order_by(Action.id).limit(AT_ONCE).with_for_update(of=Action)).all()
    changed, shut = 0, []
    for action_id, config in rows:
        if site.box.is_newest(config):
            continue
        try:
            locked = site.box.relock(config)
        except SettingsError:
            shut.append(action_id)
            continue
        same = update(Action).where(Action.id == action_id, Action.config == config)
        session.execute(same.values(config=locked))
        changed += 1
    last = rows[-1].id if len(rows) == AT_ONCE else None
    return Relocked(changed, len(rows) - changed - len(shut), tuple(shut), last)


def give_up(session: Session, site: Site, shut: Sequence[int]) -> list[int]:
    """Switch actions off whose configuration no key opens, with nothing in its place, so that nothing stays locked with
    a key that is lost. Answers which of them can be written anew: those whose rule is still there."""
    lost = bulk.among(session, Action.id, shut)
    there = list(session.scalars(listed().where(lost).with_only_columns(Action.id).order_by(Action.id)))
    nothing = {"config": site.box.lock("{}"), "enabled": False, "trouble": NOT_OPENED}
    session.execute(update(Action).where(lost).values(nothing).execution_options(synchronize_session=False))
    return there


def forget_deleted(session: Session) -> int:
    """Forget the configurations of deleted actions that still have one. Answers how many had."""
    kept = update(Action).where(Action.deleted_at.is_not(None), Action.config != FORGOTTEN).returning(Action.id)
    forgotten = session.scalars(kept.values(config=FORGOTTEN).execution_options(synchronize_session=False))
    return len(forgotten.all())
