"""The watch round in order, on one screen: what changed is matched, alerts open and close, somebody is told.

LogChange -> match -> alerts -> decide -> outbox -> send
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from weakref import WeakKeyDictionary

from giftpulse.ground import clock
from giftpulse.ground.database import Database
from giftpulse.ground.site import Site
from giftpulse.logs import store
from giftpulse.monitor import match
from giftpulse.monitor.alerts import blind, close
from giftpulse.monitor.notify import plan, send
from giftpulse.monitor.rules import builtin
from giftpulse.monitor.rules.catalogue import Catalogue

_NO_ROUNDS: Mapping[str, timedelta] = MappingProxyType({})

# One for each database of this process, and gone with it.
_catalogues: WeakKeyDictionary[Database, Catalogue] = WeakKeyDictionary()


def enrol(site: Site) -> None:
    """Become a reader of the record: every batch from now on is owed to us. Our own rules are there, too."""
    with site.database.begin() as session:
        store.add_reader(session, match.READER, clock.now())
        builtin.plant(session, clock.now())


def watch(site: Site) -> bool:
    """Match what is owed, tell whoever is to be told. True when there may be more."""
    catalogue = _catalogues.setdefault(site.database, Catalogue())
    done = match.match_some(site, catalogue)
    if done.opened:
        decide(site)
    return done.batches > 0


def resolve(site: Site, patience: Mapping[str, timedelta] = _NO_ROUNDS) -> bool:
    """Resolve alerts that went quiet or whose rule changed, and say so. Say also when we cannot see; ``patience`` is
    how long each round may be silent."""
    with site.database.read() as session:
        gaps = blind.gaps(session, site.settings, clock.now(), match.READER, patience)
    with site.database.begin() as session:
        now = clock.now()
        closed = [
            *close.close_quiet(session, now, site.settings.twilio_account_sid),
            *close.close_changed(session, now),
        ]
        told = blind.follow(session, gaps, now)
    decide(site)
    return bool(closed) or told


def decide(site: Site) -> None:
    """Bring decisions that are due into the outbox."""
    while True:
        with site.database.begin() as session:
            if plan.plan_due(session, clock.now(), site.settings.public_url) < plan.AT_ONCE:
                return


def notify(site: Site) -> bool:
    """Send what is in the outbox."""
    return send.drain(site) > 0
