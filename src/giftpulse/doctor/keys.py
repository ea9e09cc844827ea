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


def what_is_shut(session: Session, site: Site) -> str | None:
    """What the site's keys do not fit, or None: configurations of all actions, the deleted ones too; the key of
    digests, if one is kept; and the hash of a number, by which people who were erased are known."""
    for action in session.scalars(select(Action).order_by(Action.id)):
        try:
            site.box.unlock(action.config)
        except SettingsError:
            return f"the action {action.name!r} ({action.id})"
    try:
        box = site.box.keeping(kept_keys.digest_key(session, site.box))
    except SettingsError:
        return "the key of the hashes of numbers"
    known = select(Subscriber).where(Subscriber.phone.is_not(None)).order_by(Subscriber.id.desc()).limit(1)
    person = session.scalar(known)
    if person is None or person.phone is None:
        return None
    fits = number_hash(replace(site, box=box), person.phone) == person.number_hash
    return None if fits else "the hashes of numbers"
