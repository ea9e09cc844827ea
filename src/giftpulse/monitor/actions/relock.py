"""Configurations of actions, locked anew with the newest key, some at a time."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action

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
    """The next actions, the deleted ones too. One that somebody changes at the same time keeps what it was given."""
    wanted = select(Action.id, Action.config).where(Action.id > after).order_by(Action.id).limit(AT_ONCE)
    rows = session.execute(wanted.with_for_update(of=Action)).all()
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
