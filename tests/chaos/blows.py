"""What is done to the fleet. Each blow says whether it hit something that was alive."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests import postgres, redis
from tests.chaos.cast import Cast, Role

_REDIS_AWAY = (0.5, 4.0)  # seconds
_POSTGRES_AWAY = (0.1, 2.0)


@dataclass
class Servers:
    """What the fleet stands on."""

    postgres: postgres.Server
    redis: redis.Server


@dataclass
class Tally:
    """How often each kind of blow was dealt, and how often it hit."""

    dealt: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)


class Blows:
    """A deck of all kinds of blows, shuffled anew each time that it is through: none is left out for long."""

    def __init__(self, cast: Cast, servers: Servers, dice: random.Random) -> None:
        self._cast, self._servers, self._dice = cast, servers, dice
        self.kinds: dict[str, Callable[[], bool]] = {
            "a worker and its processes, kill -9": lambda: self._kill("worker"),
            "a worker without its processes, kill -9": lambda: self._kill("worker", group=False),
            "one process of a worker, kill -9": self._kill_child,
            "a beat, kill -9": lambda: self._kill("beat"),
            "web, kill -9": lambda: self._kill("web"),
            "Redis, FLUSHALL": self._flush,
            "Redis, kill -9 and started empty": self._restart_redis,
            "Postgres, immediate shutdown and started": self._restart_postgres,
        }
        self.tally = Tally()
        self._deck: list[str] = []

    def deal(self) -> str:
        """One blow. Answers its kind."""
        if not self._deck:
            self._deck = self._dice.sample(list(self.kinds), len(self.kinds))
        kind = self._deck.pop()
        self.tally.dealt[kind] += 1
        if self.kinds[kind]():
            self.tally.hit[kind] += 1
        else:
            self._deck.insert(0, kind)  # nobody was there: once more, later
        return kind

    def _kill(self, kind: str, *, group: bool = True) -> bool:
        found = self._pick(self._cast.of(kind), prefork=not group)
        return found is not None and self._cast.kill(found, group=group)

    def _kill_child(self) -> bool:
        found = self._pick(self._cast.of("worker"), prefork=True)
        children = _children(found.process.pid) if found is not None and found.process is not None else []
        if not children:
            return False
        os.kill(self._dice.choice(children), signal.SIGKILL)
        return True

    def _pick(self, among: Sequence[Role], *, prefork: bool) -> Role | None:
        fit = [role for role in among if not prefork or "threads" not in role.words]
        return self._dice.choice(fit) if fit else None

    def _flush(self) -> bool:
        client: Redis = Redis.from_url(self._servers.redis.url)
        try:
            return bool(client.flushall())
        except RedisError:
            return False
        finally:
            client.close()

    def _restart_redis(self) -> bool:
        self._servers.redis.stop(kill=True)
        time.sleep(self._dice.uniform(*_REDIS_AWAY))
        self._servers.redis.start()
        return True

    def _restart_postgres(self) -> bool:
        self._servers.postgres.stop(kill=True)
        time.sleep(self._dice.uniform(*_POSTGRES_AWAY))
        self._servers.postgres.start()
        return True


def _children(parent: int) -> list[int]:
    """The living processes that a process has forked."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, of = file.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(of) == parent and state != "Z":
            found.append(int(file.parent.name))
    return found
