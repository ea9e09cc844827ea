"""Senders killed without warning, again and again, while people's texts go out: nobody gets two, nobody none.

Two senders at a time, kill -9 at random moments, answers of Twilio lost on top of it. When all is settled, Twilio's own
books are compared with ours.
"""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from giftpulse import fitting
from giftpulse.daily.outbox import settle
from giftpulse.daily.outbox.models import Delivery
from giftpulse.daily.programs import holds
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers.models import Subscriber
from giftpulse.ground import bulk, clock
from giftpulse.ground.database import instant_text
from giftpulse.simulator.config import SimulatorConfig
from tests.daily.world import World, living

_PACE = 60  # segments a second: slow enough for many deaths before all is sent
_PATIENCE = 300.0  # seconds for all texts to go out once nobody is killed any more


@dataclass(frozen=True)
class Verdict:
    """What became of it. ``kills``: senders that died while texts were on their way. ``settled``: rows that they left
    open, found in Twilio's list or sent again."""

    people: int
    kills: int
    got_one: int
    got_two: int
    got_none: int
    settled: int
    states: dict[str, int]


def run(database_url: str, people: int, kills: int, seed: int) -> Verdict:
    """The whole trial on one database."""
    # Clients that die in the middle of a request are what this is about: the simulator need not tell of each.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    dice = random.Random(seed)
    with living(database_url, SimulatorConfig(seed=seed, keep_messages=people * 3)) as world:
        phones = _prepare(world, people)
        world.twilio.order("latency", times=0, method="POST", seconds=0.05)
        world.twilio.order("drop_after", times=0, method="POST", chance=0.02)
        with _nursery(_environment(world, database_url)) as nursery:
            hits = _kill(world, nursery, kills, dice)
        lost = len(world.deliveries(state="posting")) + len(world.deliveries(state="unknown"))
        _finish(world)
        return _verdict(world, phones, hits, lost)


def _prepare(world: World, people: int) -> set[str]:
    """People whose texts are all due now, in a zone in which it is day."""
    fitting.settle(world.site)  # as at a first start: the hashes of these numbers are none that a key would make
    zone = "Etc/UTC" if 1 <= datetime.now(UTC).hour <= 20 else "Asia/Tokyo"
    program = world.program(window_start="00:00", window_end="24:00", canary=False, segments_per_second=_PACE)
    first = world.subscriber(world.person(program, zone))
    columns = [c.name for c in Subscriber.__table__.columns if c.name != "id"]
    template = {name: getattr(first, {"from": "from_"}.get(name, name)) for name in columns}
    rows = []
    for number in range(1, people):
        mine = {**template, "phone": f"+1213{5550000 + number}", "number_hash": number.to_bytes(16), "moved": True}
        rows.append(tuple(instant_text(v) if isinstance(v, datetime) else v for v in (mine[n] for n in columns)))
    with world.site.database.begin() as session:
        bulk.insert(session, Subscriber.__table__, columns, rows)  # type: ignore[arg-type]  # a Table
    world.plan()
    with world.site.database.begin() as session:
        session.execute(update(Delivery).values(send_at=clock.now() + timedelta(days=1)))
        due = update(Delivery).where(
            Delivery.window_end > clock.now(), Delivery.window_end <= clock.now() + timedelta(days=1)
        )
        session.execute(due.values(send_at=clock.now()))
    return {str(first.phone)} | {f"+1213{5550000 + number}" for number in range(1, people)}


def _environment(world: World, database_url: str) -> dict[str, str]:
    secret = world.site.settings.secret_key
    assert secret is not None
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY": secret.get_secret_value(),
        "TWILIO_ACCOUNT_SID": world.twilio.account_sid,
        "TWILIO_AUTH_TOKEN": world.twilio.auth_token,
        "TWILIO_API_URL": world.twilio.url,
        "TWILIO_MONITOR_URL": world.twilio.url,
    }


class Nursery:
    """Where senders come from, and how they end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.alive: list[int] = []

    def grow(self) -> None:
        """One more sender, at work within milliseconds."""
        self._say("one more")
        self.alive.append(int(self.hear()))

    def kill(self, which: int) -> None:
        """End a sender in the middle of whatever it does."""
        os.kill(self.alive.pop(which), signal.SIGKILL)

    def hear(self) -> str:
        """The next line that it tells."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@contextmanager
def _nursery(environment: dict[str, str]) -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.soak.sender"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    nursery = Nursery(process)
    try:
        assert nursery.hear() == "ready"
        yield nursery
    finally:
        while nursery.alive:
            nursery.kill(0)
        process.kill()
        process.wait()


def _kill(world: World, nursery: Nursery, kills: int, dice: random.Random) -> int:
    """Kill senders while texts are on their way; answers how many were hit in the middle of some."""
    nursery.grow()
    nursery.grow()
    hits = 0
    for _ in range(20 * kills):
        time.sleep(dice.uniform(0.02, 0.4))
        if not _waiting(world, "planned"):
            break
        if _waiting(world, "posting"):
            nursery.kill(dice.randrange(2))
            nursery.grow()
            hits += 1
        if hits == kills:
            break
    return hits


def _waiting(world: World, state: str) -> int:
    """How many of the texts that are due are in a state."""
    with world.site.database.read() as session:
        due = select(func.count()).where(Delivery.state == state, Delivery.send_at <= clock.now())
        return session.scalar(due) or 0


def _finish(world: World) -> None:
    """Let what is left go out and what is open be settled, with the clock moved on as hours would."""
    world.twilio.clear_faults()
    with world.site.database.begin() as session:  # a clock that stands still lets no pace pass
        session.execute(update(Program).values(segments_per_second=1_000_000))
    deadline = time.monotonic() + _PATIENCE
    later = datetime.now(UTC)
    while world.deliveries(state="planned", **_today(world)) or _open(world):
        assert time.monotonic() < deadline, f"not everything was settled: {world.states()}"
        with clock.stopped(later):
            _lift_holds(world)
            world.send()
            while settle.settle(world.site):
                pass
            world.poll()
            world.confirm()
        later += timedelta(minutes=3)


def _lift_holds(world: World) -> None:
    """Filtered texts hold a sender until an operator has looked: here, one looks at once."""
    with world.site.database.begin() as session:
        for held in holds.open_holds(session, clock.now()):
            holds.lift(session, held.scope, held.cause, clock.now(), "the trial")


def _today(world: World) -> dict[str, object]:
    dates = Counter(row.local_date for row in world.deliveries() if row.state != "planned" or row.attempts)
    return {"local_date": dates.most_common(1)[0][0]} if dates else {}


def _open(world: World) -> bool:
    return bool(world.deliveries(state="posting") or world.deliveries(state="unknown"))


def _verdict(world: World, phones: set[str], kills: int, lost: int) -> Verdict:
    counted = Counter(to for to, _ in world.at_twilio())
    assert set(counted) <= phones, "somebody got a text whom we do not know"
    return Verdict(
        people=len(phones),
        kills=kills,
        got_one=sum(number == 1 for number in counted.values()),
        got_two=sum(number > 1 for number in counted.values()),
        got_none=len(phones - set(counted)),
        settled=lost,
        states=world.states(),
    )


def check(verdict: Verdict) -> None:
    """Nobody two, nobody none."""
    assert verdict.got_two == 0, verdict
    assert verdict.got_none == 0, verdict
    assert verdict.got_one == verdict.people, verdict
