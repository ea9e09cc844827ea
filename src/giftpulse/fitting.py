"""Which key an installation needs: the one that opens what is stored and finds its people again."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground import kept_keys
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action

_HASHES = "the hashes of numbers"


def settle(site: Site) -> None:
    """Start with this key, or not at all. Raises SettingsError if another one locked what is stored, or hashed numbers:
    with a wrong one people would join twice, and those who were erased come back.

    From the first start on the key of the hashes is kept in the database, so that a wrong ``SECRET_KEY`` is known even
    where nobody is left to compare with. Of processes that start at once with different ones, one is the first.
    """
    site.box.prepare()
    with site.database.read() as session:
        kept = kept_keys.digest_key(session, site.box)
        shut = what_is_shut(session, site) if kept is None else None
    if shut is not None:
        raise _another(shut)
    if kept is None:
        with site.database.begin() as session:
            kept_keys.keep_first(session, site.box)
            kept = kept_keys.digest_key(session, site.box)
    if kept != site.box.digest_key:
        raise _another("the key of the hashes of numbers that another process has just kept")


def _another(shut: str) -> SettingsError:
    return SettingsError(
        f"SECRET_KEY: expected the key that this database was made with; this one does not fit {shut}. Set it, or "
        "the old one as SECRET_KEY_PREVIOUS; if it is lost, see `giftpulse keys renew`"
    )


def what_is_shut(session: Session, site: Site) -> str | None:
    """What the site's keys do not fit, or None: configurations of actions; the key of digests, if one is kept; and the
    hash of a number, by which people who were erased are known. What a deleted action had is not needed any more."""
    actions = shut_actions(session, site)
    return f"the action {actions[0].name!r} (id {actions[0].id})" if actions else shut_numbers(session, site)


def shut_actions(session: Session, site: Site) -> list[Action]:
    """Of that, the actions."""
    found = session.scalars(select(Action).where(Action.deleted_at.is_(None)).order_by(Action.id))
    return [action for action in found if not _opens(site, action.config)]


def _opens(site: Site, locked: str) -> bool:
    try:
        site.box.unlock(locked)
    except SettingsError:
        return False
    return True


def shut_numbers(session: Session, site: Site) -> str | None:
    """Of that, what the hashes of numbers need."""
    try:
        box = site.box.keeping(kept_keys.digest_key(session, site.box))
    except SettingsError:
        return f"the key of {_HASHES}"
    known = select(Subscriber).where(Subscriber.phone.is_not(None)).order_by(Subscriber.id.desc()).limit(1)
    person = session.scalar(known)
    if person is None or person.phone is None:
        return None
    return None if number_hash(replace(site, box=box), person.phone) == person.number_hash else _HASHES
