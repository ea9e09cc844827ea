"""The monitor under a steady flow: ``python -m tests.soak.flow --minutes 30 --rate 200``.

A fleet on Postgres, Redis and Celery takes what an account does: signed callbacks at its doors, and polls. Memory and
lag are sampled all the while; at the end the simulator's books and ours are compared row by row. Ends with 1 when
anything is wrong.
"""

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from giftpulse.ground import clock
from giftpulse.logs.models import LogBatch, LogChange, LogOwed
from giftpulse.simulator import Mix, SimulatorConfig, Webhooks
from tests import make, postgres, redis
from tests.chaos import scene, verdict
from tests.chaos.cast import Cast
from tests.chaos.verdict import Line
from tests.daily.world import World, living
from tests.nursery import Nursery, environment
from tests.ports import free_port
from tests.receivers import receiving
from tests.service import Service
from tests.soak import memory

_STARTED_WITHIN = 60.0
_SAMPLED_EVERY = 0.5
_SETTLED_WITHIN = 240.0
_SPEED = 4.0  # of the lives of messages: the longest lasts half a minute
_WARM = 0.4  # the share of the time that the processes have to fill their pools and caches
_MOST_GROWTH = 5.0  # percent
_MOST_LAG = 2.0  # seconds


@dataclass
class Samples:
    """What was seen on the way. ``lags``: age of the oldest change that some reader had not read yet, in seconds."""

    lags: list[float] = field(default_factory=list)
    memory: list[dict[str, int]] = field(default_factory=list)


def run(seconds: float, rate: float, seed: int) -> list[Line]:
    """The whole trial; answers its verdict."""
    dice = random.Random(seed)
    with ExitStack() as stack:
        database = stack.enter_context(postgres.own(durable=True))
        server = stack.enter_context(redis.own())
        make.site(database.url).close()
        told = stack.enter_context(receiving())
        config = SimulatorConfig(seed=seed, speed=_SPEED, keep_messages=int(2 * rate * seconds) + 10_000)
        world = stack.enter_context(living(database.url, config))
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="giftpulse-flow-")))
        settings = environment(world, server.url, PUBLIC_URL=address, POLL_INTERVAL_SECONDS="30")
        nursery = Nursery(settings)
        stack.callback(nursery.end)
        cast = Cast(nursery, home, port, dice)
        cast.roles = [role for role in cast.roles if role.name != "worker2"]
        stack.callback(cast.end_all)
        cast.wait_until_at_work(_STARTED_WITHIN)
        scene.rules(Service(address, world.site), told.url, (scene.MANY,))
        samples = _flow(world, cast, address, seconds, rate)
        return [*_judged(samples), *_settled(world, seconds), _alive(cast)]


def _flow(world: World, cast: Cast, address: str, seconds: float, rate: float) -> Samples:
    door = f"{address}/webhook/"
    world.twilio.point(Webhooks(door + "inbound", door + "status", door + "debugger"))
    world.twilio.traffic(rate, Mix(texts=0.93, answers=0.07, calls=0.0, alerts=0.0))
    samples, until, said = Samples(), time.monotonic() + seconds, time.monotonic()
    while (now := time.monotonic()) < until:
        cast.tend()
        samples.lags.append(_lag(world))
        samples.memory.append(memory.resident(cast.roles))
        if now > said + 30:
            said = now
            held = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in samples.memory[-1].items())
            tell(f"{until - now:6.0f} s left, lag {samples.lags[-1]:.2f} s, MB: {held}")
        time.sleep(_SAMPLED_EVERY)
    world.twilio.stop_traffic()
    return samples


def _lag(world: World) -> float:
    oldest = select(func.min(LogBatch.written_at)).join(LogOwed, LogOwed.batch_id == LogBatch.id)
    with world.site.database.read() as session:
        since = session.scalar(oldest)
    return (clock.now() - since).total_seconds() if since is not None else 0.0


def _judged(samples: Samples) -> list[Line]:
    lags = sorted(samples.lags)
    p50, p99 = lags[len(lags) // 2], lags[int(len(lags) * 0.99)]
    grown = memory.growth(samples.memory, _WARM)
    held = ", ".join(f"{name} {size:.0f} MB {percent:+.1f} %" for name, (size, percent) in grown.items())
    return [
        Line(f"lag under {_MOST_LAG:.0f} s at p99", p99 < _MOST_LAG,
             f"p50 {p50:.2f} s, p99 {p99:.2f} s, most {lags[-1]:.2f} s of {len(lags):,} samples"),
        Line(f"memory grows less than {_MOST_GROWTH:.0f} % after the warm-up",
             all(percent < _MOST_GROWTH for _, percent in grown.values()), held),
    ]  # fmt: skip


def _settled(world: World, seconds: float) -> list[Line]:
    """Wait until the books agree and nothing is owed; answers how it is then, or when the patience is over."""
    began = time.monotonic()
    while True:
        theirs = world.twilio.do(verdict.books)
        with world.site.database.read() as session:
            lines = [*verdict.records(session, theirs), verdict.nothing_owed(session)]
            by = {row[0]: row[1] for row in session.execute(
                select(LogChange.source, func.count()).group_by(LogChange.source))}  # fmt: skip
        waited = time.monotonic() - began
        if all(line.good for line in lines) or waited > _SETTLED_WITHIN:
            came = ", ".join(f"{number:,} by {source}" for source, number in sorted(by.items()))
            messages = len(theirs["message"])
            delivered = world.twilio.state()["webhooks"]
            found = f"{messages / seconds:.0f} messages a second; {delivered} webhooks; changes: {came}"
            return [Line("the flow", True, f"{found}; settled after {waited:.0f} s"), *lines]
        time.sleep(2.0)


def _alive(cast: Cast) -> Line:
    ended = dict(cast.ended_by_themselves)
    return Line(
        "no process ended", not ended, ", ".join(f"{number} {what}" for what, number in ended.items()) or "none"
    )


def main(arguments: Sequence[str]) -> int:
    """Run the trial; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.flow", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    tell(f"{options.minutes:g} minutes at {options.rate:g} messages a second, seed {options.seed}")
    lines = run(60 * options.minutes, options.rate, options.seed)
    return 0 if verdict.show("Verdict of the flow", lines) else 1


def tell(line: str) -> None:
    """A line of how it goes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
