"""The processes of the fleet, and who starts them again when they have ended, as a supervisor of services does."""

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.nursery import Nursery, Process

_AWAY = (0.1, 3.0)
"""Seconds until a process that was killed is started again."""

_AFTER_ITS_END = 0.5
"""The same for one that ended by itself, as when it starts while the database is away."""


@dataclass
class Role:
    """One place in the fleet. ``ready``: what its process says when it is at work; empty where it says nothing."""

    kind: str
    name: str
    words: tuple[str, ...]
    ready: str
    starts: int = 0
    process: Process | None = None
    again_at: float = 0.0
    past: list[Process] = field(default_factory=list)

    @property
    def at_work(self) -> bool:
        """Whether it lives, and has said that it is ready."""
        if self.process is None or self.process.code is not None:
            return False
        return not self.ready or self.process.said(self.ready) != ""


def roles(port: int) -> list[Role]:
    """A web process, two workers of processes and one of threads, two beats."""
    worker = ("giftpulse", "worker", "--concurrency", "4")
    return [
        Role("web", "web", ("giftpulse", "web", "--port", str(port)), "web only"),
        Role("worker", "worker1", worker, "a worker is at work"),
        Role("worker", "worker2", worker, "a worker is at work"),
        Role("worker", "worker3", (*worker, "--pool", "threads"), "a worker is at work"),
        Role("beat", "beat1", ("giftpulse", "beat"), ""),
        Role("beat", "beat2", ("celery", "-A", "giftpulse.worker", "beat"), ""),
    ]


class Cast:
    """Keeps every role filled."""

    def __init__(self, nursery: Nursery, home: Path, port: int, dice: random.Random) -> None:
        self.roles = roles(port)
        self.ended_by_themselves: Counter[str] = Counter()
        self._nursery, self._home, self._dice = nursery, home, dice

    def of(self, kind: str) -> list[Role]:
        """The roles of a kind whose process is at work."""
        return [role for role in self.roles if role.kind == kind and role.at_work]

    def tend(self) -> None:
        """Start what is due to be started, and see who has ended."""
        for role in self.roles:
            if role.process is not None and (code := role.process.code) is not None:
                self.ended_by_themselves[f"{role.kind}: {code}"] += 1
                self._leave(role, _AFTER_ITS_END)
            if role.process is None and time.monotonic() >= role.again_at:
                role.starts += 1
                role.process = Process(self._nursery, self._home / f"{role.name}-{role.starts}", *role.words)

    def kill(self, role: Role, *, group: bool = True) -> bool:
        """kill -9 of a process, with those that it forked or alone. Answers whether it was alive."""
        process = role.process
        assert process is not None
        if group:
            process.end_all()
        else:
            process.end()
        self._leave(role, self._dice.uniform(*_AWAY))
        return process.ended() == -signal.SIGKILL

    def wait_until_at_work(self, within: float) -> None:
        """Return when every role is filled and ready. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while not all(role.at_work for role in self.roles):
            self.tend()
            if time.monotonic() > deadline:
                raise TimeoutError(f"not at work: {[role.name for role in self.roles if not role.at_work]}")
            time.sleep(0.05)

    def end_all(self) -> None:
        """kill -9 of everything that was ever started and still lives, orphans included."""
        for role in self.roles:
            for process in (*role.past, *((role.process,) if role.process else ())):
                process.end_all()
            if role.process is not None:
                self._leave(role, 0.0)

    def _leave(self, role: Role, seconds: float) -> None:
        assert role.process is not None
        role.past.append(role.process)
        role.process, role.again_at = None, time.monotonic() + seconds
