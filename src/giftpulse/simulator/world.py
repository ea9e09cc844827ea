"""Everything that one simulator holds. The verbs are in the modules beside it."""

import random
from collections import Counter
from dataclasses import dataclass, field

from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.calls import Call
from giftpulse.simulator.chance import chance
from giftpulse.simulator.config import SimulatedAccount, SimulatorConfig
from giftpulse.simulator.event_sink import EventSink
from giftpulse.simulator.fates import ODDS, Odds
from giftpulse.simulator.faults import Faults
from giftpulse.simulator.ledger import Ledger
from giftpulse.simulator.messages import Message
from giftpulse.simulator.opt_outs import OptOuts
from giftpulse.simulator.places import somebody
from giftpulse.simulator.post_office import Letter, PostOffice
from giftpulse.simulator.schedule import Schedule
from giftpulse.simulator.sids import Sids


@dataclass(slots=True)
class Mischief:
    """What happens to status callbacks. Shares of them from 0 to 1; ``late`` is in virtual seconds, for each.

    ``out_of_order``: held back until the next one of the same message has gone.
    """

    late: float = 0.0
    doubled: float = 0.0
    out_of_order: float = 0.0
    dropped: float = 0.0


class Account:
    """An account and its three logs."""

    def __init__(self, about: SimulatedAccount, config: SimulatorConfig) -> None:
        self.sid = about.sid
        self.about = about
        self.messages: Ledger[Message] = Ledger(config.keep_messages)
        self.calls: Ledger[Call] = Ledger(config.keep_calls)
        self.alerts: Ledger[Alert] = Ledger(config.keep_alerts)


@dataclass(slots=True)
class Rule:
    """While it stands, messages that it is about meet this fate with this chance (an incident)."""

    name: str
    odds: Odds
    chance: float
    service_sid: str | None = None
    country: str | None = None


@dataclass
class World:
    """The state of a simulator. Belongs to one event loop; nothing here is safe to touch from another thread."""

    config: SimulatorConfig
    counts: Counter[str] = field(default_factory=Counter)
    mischief: Mischief = field(default_factory=Mischief)
    opt_outs: OptOuts = field(default_factory=OptOuts)
    odds: Odds = ODDS
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.config
        self.webhooks = config.webhooks
        self.schedule = Schedule(config.speed, config.dates)
        self.sids = Sids(config.seed)
        self.faults = Faults(config.seed)
        self.office = PostOffice()
        self.events = EventSink()
        self.accounts = {about.sid: Account(about, config) for about in config.accounts}
        self.at_once = 0
        # Callbacks that are held back so that they come out of order, by the message's SID.
        self.held: dict[str, Letter] = {}

    def rng(self, *of: object) -> random.Random:
        """The dice for one decision: the same in every run with the same seed, as SIDs are."""
        return chance(self.config.seed, *of)

    def account(self, sid: str | None = None) -> Account:
        """The account with this SID, or the first one."""
        return self.accounts[sid] if sid is not None else next(iter(self.accounts.values()))

    def senders(self, service_sid: str) -> tuple[str, ...]:
        """The pool of a messaging service; one is made up for a service that the configuration does not name."""
        known = self.config.services.get(service_sid)
        return known if known is not None else (somebody(chance(service_sid), "US"),)

    def inbound_of(self, number: str) -> str | None:
        """Where messages to a number go: what its service says, unless that leaves it to the number."""
        service = self.service_of(number)
        decides = service is not None and service not in self.config.deferring
        return self.webhooks.inbound if decides else self.webhooks.numbers.get(number, self.webhooks.inbound)

    def service_of(self, number: str) -> str | None:
        """The messaging service that a number belongs to."""
        return next((sid for sid, pool in self.config.services.items() if number in pool), None)
