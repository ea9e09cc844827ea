"""A small world for the tests of the daily program: a site whose Twilio is a simulator, a program, people."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from giftpulse.daily import rounds
from giftpulse.daily.delivery import confirm, watch
from giftpulse.daily.outbox import plan, send
from giftpulse.daily.outbox.claim import Claimed, claim
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.outbox.send import Sent
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.join import join
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.daily.subscribers.places import from_zone
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import pull
from giftpulse.simulator.config import SimulatorConfig
from giftpulse.simulator.running import RunningSimulator, running
from tests import make

SENDER = "+15005550006"
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
"""15:00 in New York, 12:00 in Los Angeles: inside of the usual window of both."""


class World:
    """What a test needs at hand."""

    def __init__(self, site: Site, twilio: RunningSimulator) -> None:
        self.site, self.twilio = site, twilio
        self._numbers = iter(range(10_000))

    def program(self, **changes: Any) -> int:
        """A program that sends fast, with no quiet hours in the way; answers its id."""
        values = {"name": "Kind Words", "sender": SENDER, "segments_per_second": 2000, "quiet_hours": False}
        with self.site.database.begin() as session:
            return programs.create(session, {**values, **changes}, clock.now()).id

    def person(self, program_id: int, zone: str = "America/New_York", phone: str = "", **more: Any) -> int:
        """An active person; answers their id."""
        phone = phone or f"+1212555{next(self._numbers):04d}"
        with self.site.database.begin() as session:
            now = clock.now()
            consent = Consent(kind="opt_in", source="api", by="test", at=now, wording="I agree")
            program = session.get_one(Program, program_id)
            joined = join(session, self.site, program, phone, consent, now, place=from_zone(zone), **more)
            return joined.subscriber.id

    def people(self, program_id: int, number: int, zone: str = "America/New_York") -> list[int]:
        """Several people; answers their ids."""
        return [self.person(program_id, zone) for _ in range(number)]

    def plan(self) -> plan.Planned:
        """One run of planning."""
        return plan.plan(self.site, clock.now())

    def send(self) -> Sent:
        """Send until nothing more may go."""
        return send.drain(self.site)

    def confirm(self) -> None:
        """Read everything that the record owes us, and look how texts go."""
        while confirm.confirm(self.site):
            pass
        watch.watch(self.site)

    def poll(self) -> None:
        """Fetch everything that Twilio's lists show."""
        pull.pull(self.site)

    def claim_once(self, program_id: int, at_most: int = 1000) -> Claimed:
        """One claim; nothing is posted."""
        with self.site.database.begin() as session:
            claimed = claim(session, self.site.settings, program_id, SENDER, at_most)
        assert claimed is not None, "somebody else has the sender"
        return claimed

    def deliveries(self, **where: Any) -> list[Delivery]:
        """All rows, in the order of their ids."""
        with self.site.database.read() as session:
            return list(session.scalars(select(Delivery).filter_by(**where).order_by(Delivery.id)))

    def states(self) -> dict[str, int]:
        """How many rows are in which state."""
        with self.site.database.read() as session:
            counted = select(Delivery.state, func.count()).group_by(Delivery.state)
            return {row[0]: row[1] for row in session.execute(counted)}

    def subscriber(self, subscriber_id: int) -> Subscriber:
        """A person as they are now."""
        with self.site.database.read() as session:
            return session.get_one(Subscriber, subscriber_id)

    def at_twilio(self) -> list[tuple[str, str]]:
        """Number and text of every message that Twilio took."""
        return self.twilio.do(
            lambda simulator: [
                (message.to, message.body)
                for message in simulator.world.account().messages.page(lambda _message: True, 100_000).rows
            ]
        )


@contextmanager
def living(database_url: str, config: SimulatorConfig | None = None, **settings: Any) -> Iterator[World]:
    """A world on a migrated database."""
    with running(config) as twilio:
        values = {
            "twilio_account_sid": twilio.account_sid, "twilio_auth_token": twilio.auth_token,
            "twilio_api_url": twilio.url, "twilio_monitor_url": twilio.url,
        }  # fmt: skip
        with closing(make.site(database_url, migrated=True, **{**values, **settings})) as site:
            rounds.enrol(site)
            yield World(site, twilio)
