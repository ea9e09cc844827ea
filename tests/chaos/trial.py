"""The trial: a fleet at work, beaten for so long, left in peace, and judged."""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.ground import clock
from giftpulse.ground.lock import Lease
from giftpulse.logs.models import LogOwed
from giftpulse.monitor.notify.models import PENDING, Notification
from giftpulse.simulator import SimulatorConfig
from tests import make, postgres, redis
from tests.chaos import scene, verdict
from tests.chaos.blows import Blows, Servers, Tally
from tests.chaos.cast import Cast
from tests.chaos.verdict import Line
from tests.daily.world import World, living
from tests.nursery import Nursery, environment
from tests.ports import free_port
from tests.receivers import Receiver, receiving
from tests.service import Service

_STARTED_WITHIN = 60.0
_TOLD_EVERY = 10.0
_SPEED = 20.0  # of the lives of messages: the longest lasts ten seconds


@dataclass(frozen=True)
class Wishes:
    """``seconds`` of blows, ``pause`` between two of them at least and at most, happenings ``rate`` a second.

    ``hasten``: the last blow kills everything, and what the dead had claimed is free at once as it would be minutes
    later. Without it those minutes are waited for. ``patience``: seconds until all must be quiet."""

    seconds: float
    seed: int
    rate: float = 10.0
    people: int = 200
    pause: tuple[float, float] = (0.5, 6.0)
    hasten: bool = False
    patience: float = 600.0


@dataclass(frozen=True)
class Outcome:
    """The lines of the verdict, what was dealt, and who ended without having been killed (kind and exit code)."""

    lines: Sequence[Line]
    tally: Tally
    ended_by_themselves: dict[str, int]


def run(wishes: Wishes, tell: Callable[[str], None]) -> Outcome:
    """The whole trial."""
    dice = random.Random(wishes.seed)
    with ExitStack() as stack:
        servers = Servers(stack.enter_context(postgres.own(durable=True)), stack.enter_context(redis.own()))
        make.site(servers.postgres.url).close()
        told = stack.enter_context(receiving())
        config = SimulatorConfig(seed=wishes.seed, speed=_SPEED)
        world = stack.enter_context(living(servers.postgres.url, config))
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="giftpulse-chaos-")))
        nursery = Nursery(environment(world, servers.redis.url, PUBLIC_URL=address))
        stack.callback(nursery.end)
        cast = Cast(nursery, home, port, dice)
        stack.callback(cast.end_all)
        cast.wait_until_at_work(_STARTED_WITHIN)
        rules = scene.rules(Service(address, world.site), told.url)
        phones = scene.people(world, wishes.people, wishes.seconds, dice)
        scene.begin(world, address, wishes.rate)
        blows = Blows(cast, servers, dice)
        _beat(cast, blows, wishes, dice, tell)
        tell("no more blows; the traffic ends")
        world.twilio.stop_traffic()
        if wishes.hasten:
            cast.end_all()
            _minutes_pass(world)
        cast.wait_until_at_work(_STARTED_WITHIN)
        lines = _settled(world, told, rules, phones, cast, wishes.patience, tell)
        return Outcome([_dealt(blows), *lines], blows.tally, dict(cast.ended_by_themselves))


def _beat(cast: Cast, blows: Blows, wishes: Wishes, dice: random.Random, tell: Callable[[str], None]) -> None:
    """Blows at random moments, until the time is over and each kind has hit."""
    began = time.monotonic()
    next_at = began + dice.uniform(*wishes.pause)
    while (now := time.monotonic()) < began + wishes.seconds or _missing(blows):
        if now > began + 2 * wishes.seconds + 30:
            break  # the verdict says which kind never hit
        cast.tend()
        if now >= next_at:
            tell(f"{now - began:6.1f} s  {blows.deal()}")
            next_at = time.monotonic() + dice.uniform(*wishes.pause)
        time.sleep(0.05)


def _missing(blows: Blows) -> list[str]:
    return [kind for kind in blows.kinds if not blows.tally.hit[kind]]


def _dealt(blows: Blows) -> Line:
    never = _missing(blows)
    found = f"{blows.tally.hit.total()} of {blows.tally.dealt.total()} hit"
    return Line("every kind of blow hit", not never, found + (f"; never: {never}" if never else ""))


def _minutes_pass(world: World) -> None:
    """Whatever the dead had claimed is free, and what they left open is minutes old."""
    past = clock.now() - timedelta(minutes=6)
    with world.site.database.begin() as session:
        open_ = Delivery.state.in_(("posting", "unknown"))
        session.execute(update(Delivery).where(open_).values(claimed_until=past, posted_at=past))
        session.execute(update(LogOwed).values(claimed_until=None))
        session.execute(update(Notification).where(Notification.state == PENDING).values(claimed_until=None))
        session.execute(update(Lease).values(expires_at=past))


def _settled(
    world: World,
    told: Receiver,
    rules: Sequence[int],
    phones: set[str],
    cast: Cast,
    patience: float,
    tell: Callable[[str], None],
) -> list[Line]:
    """Wait until all is as it must be; answers how it is then, or when the patience is over."""
    began = told_at = time.monotonic()
    while True:
        cast.tend()
        try:
            _lift_holds(world)
            lines = verdict.look(world, told, rules, phones)
        except SQLAlchemyError:
            lines = []
        now = time.monotonic()
        if (lines and all(line.good for line in lines)) or now > began + patience:
            return lines
        if now > told_at + _TOLD_EVERY:
            told_at = now
            waiting = "; ".join(f"{line.what}: {line.found}" for line in lines if not line.good)
            tell(f"{now - began:6.1f} s  not yet: {waiting or 'the database does not answer'}")
        time.sleep(0.5)


def _lift_holds(world: World) -> None:
    """Texts that went badly hold a sender until an operator has looked: here, one looks at once."""
    with world.site.database.begin() as session:
        for held in holds.open_holds(session, clock.now()):
            holds.lift(session, held.scope, held.cause, clock.now(), "the trial")
