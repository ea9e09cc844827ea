"""The send round in order, on one screen: texts are written, planned and sent, and what becomes of them is followed.

    Program -> Edition -> Delivery (planned) -> gate -> Twilio -> LogChange -> confirm -> watch
                                        inbound message -> answer

Each function is one round of the timetable; none knows who calls it.
"""

import threading
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from giftpulse.daily.delivery import confirm as confirming
from giftpulse.daily.delivery import reconcile as reconciling
from giftpulse.daily.delivery import watch as watching
from giftpulse.daily.editions import approval
from giftpulse.daily.editions import generate as writing
from giftpulse.daily.inbound import asking
from giftpulse.daily.inbound import listen as listening
from giftpulse.daily.outbox import expire, notes, settle
from giftpulse.daily.outbox import plan as planning
from giftpulse.daily.outbox import send as sending
from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.twilio.accounts import account_of

_LOOK_FOR_ACCOUNT = 5.0  # seconds
_WATCH_EVERY = 1.0  # seconds; under load a change comes far more often than how texts go is worth a look

# When each database of this process was last looked at; gone with it.
_watched: WeakKeyDictionary[Database, float] = WeakKeyDictionary()


def enrol(site: Site) -> None:
    """Become readers of the record: every batch from now on is owed to us."""
    with site.database.begin() as session:
        store.add_reader(session, confirming.READER, clock.now())
    listening.enrol(site)


def generate(site: Site) -> bool:
    """Write the texts of the next days; what nobody approved in time gives way."""
    with site.database.begin() as session:
        approval.overdue(session, clock.now())
    return writing.generate(site, clock.now()).more


def plan(site: Site) -> bool:
    """Plan who gets which text when, ask who is to be asked, and give up what is too late."""
    with site.database.begin() as session:
        notes.give_up_lost(session, clock.now())
    expire.expire(site)
    planning.plan(site, clock.now())
    return asking.ask(site)


def send(site: Site) -> bool:
    """Send what is due, until nothing more may go."""
    if account_of(site.settings) is not None:
        planning.plan_anew(site, clock.now())
        sending.drain(site)
    return False


def keep_sending(site: Site, stop: threading.Event, alive: Callable[[], None]) -> None:
    """Send whatever becomes due, until ``stop``. Without an account there is nothing to do."""
    if account_of(site.settings) is not None:
        sending.serve(site, stop, alive)
        return
    alive()
    while not stop.wait(_LOOK_FOR_ACCOUNT):
        alive()


def confirm(site: Site) -> bool:
    """Apply what Twilio said of our texts, and stop what goes badly."""
    more = confirming.confirm(site)
    now = time.monotonic()
    if now - _watched.get(site.database, -_WATCH_EVERY) >= _WATCH_EVERY:
        _watched[site.database] = now
        watching.watch(site)
    return more


def answer(site: Site) -> bool:
    """Obey and answer what people wrote and no webhook told of."""
    return listening.listen(site)


def settle_open(site: Site) -> bool:
    """Find out about texts whose answer was lost."""
    return settle.settle(site) == settle.AT_ONCE


def reconcile(site: Site) -> bool:
    """Once a day, compare our books with the record."""
    return reconciling.reconcile_if_due(site)
