"""The send round in order, on one screen: texts are written, planned and sent, and what becomes of them is followed.

Program -> Edition -> Delivery (planned) -> gate -> Twilio -> LogChange -> confirm -> watch
                                               inbound -> answer
"""

from giftpulse.daily.delivery import confirm as confirming
from giftpulse.daily.delivery import reconcile as reconciling
from giftpulse.daily.delivery import watch as watching
from giftpulse.daily.editions import approval
from giftpulse.daily.editions import generate as writing
from giftpulse.daily.inbound import listen as listening
from giftpulse.daily.outbox import expire, notes, settle
from giftpulse.daily.outbox import plan as planning
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import store


def enrol(site: Site) -> None:
    """Become readers of the record: every batch from now on is owed to us."""
    with site.database.begin() as session:
        for reader in (confirming.READER, listening.READER):
            store.add_reader(session, reader, clock.now())


def generate(site: Site) -> bool:
    """Write the texts of the next days; what nobody approved in time gives way."""
    with site.database.begin() as session:
        approval.overdue(session, clock.now())
    writing.generate(site, clock.now())
    return False


def plan(site: Site) -> bool:
    """Plan who gets which text when, and give up what is too late."""
    expire.expire(site)
    planning.plan(site, clock.now())
    notes.ask_pending(site)
    return False


def confirm(site: Site) -> bool:
    """Apply what Twilio said of our texts, and stop what goes badly."""
    more = confirming.confirm(site)
    watching.watch(site)
    return more


def answer(site: Site) -> bool:
    """Answer what people wrote and no webhook told of."""
    return listening.listen(site)


def settle_open(site: Site) -> bool:
    """Find out about texts whose answer was lost."""
    return settle.settle(site) == settle.AT_ONCE


def reconcile(site: Site) -> bool:
    """Once a day, compare our books with the record."""
    return reconciling.reconcile_if_due(site)
