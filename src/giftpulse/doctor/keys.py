"""Which key an installation needs: the one that opens what is stored and finds its people again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.numbers import number_hash
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor.actions.models import Action


def what_is_shut(session: Session, site: Site) -> str | None:
    """What the site's key does not fit, or None: configurations of all actions, the deleted ones too, and the hash of a
    number, by which people who were erased are known."""
    for action in session.scalars(select(Action).order_by(Action.id)):
        try:
            site.box.unlock(action.config)
        except SettingsError:
            return f"the action {action.name!r} ({action.id})"
    known = select(Subscriber).where(Subscriber.phone.is_not(None)).order_by(Subscriber.id.desc()).limit(1)
    person = session.scalar(known)
    if person is None or person.phone is None or number_hash(site, person.phone) == person.number_hash:
        return None
    return "the hashes of numbers"
