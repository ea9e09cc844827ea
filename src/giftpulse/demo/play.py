"""Runs the demo before somebody's eyes, until its time is over or somebody ends it."""

import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from giftpulse.demo.audit import Summary, audit
from giftpulse.demo.caught import Thing
from giftpulse.demo.figures import Figures, Watcher
from giftpulse.demo.stage import Stage, stage
from giftpulse.ground import clock

LOOK_EVERY = 0.5
"""Seconds between two looks."""

_ENDS = ("SIGINT", "SIGTERM", "SIGHUP")


class Display(Protocol):
    """Whatever shows the demo: ``plain.Plain`` or ``screen.Screen``."""

    def begin(self, stage: Stage, notes: Sequence[str]) -> None:
        """Everything is up."""

    def show(self, figures: Figures, things: Sequence[Thing], second: float) -> None:
        """One look. ``things`` are those that were caught since the last one."""

    def end(self) -> None:
        """Leave the terminal as it was."""


@dataclass(frozen=True)
class Wishes:
    """How the demo shall be. ``seconds``: None for no end."""

    speed: float = 4.0
    seed: int = 1
    seconds: float | None = None


def play(listener: socket.socket, wishes: Wishes, display: Display, notes: Sequence[str] = ()) -> Summary:
    """Run the demo on a bound socket. Ends by itself, or with SIGINT or SIGTERM; everything is gone then."""
    with _ended_by_signal() as stop, stage(listener, wishes.speed, wishes.seed) as on:
        watcher, began = Watcher(on.site), time.monotonic()
        display.begin(on, notes)
        try:
            _watch(on, watcher, display, stop, wishes.seconds)
        finally:
            display.end()
        return audit(on, watcher, time.monotonic() - began)


def _watch(on: Stage, watcher: Watcher, display: Display, stop: threading.Event, seconds: float | None) -> None:
    began, seen = time.monotonic(), 0
    while True:
        second = time.monotonic() - began
        seen, things = on.caught.since(seen)
        display.show(watcher.look(clock.now()), things, second)
        left = LOOK_EVERY if seconds is None else min(LOOK_EVERY, seconds - second)
        if left <= 0 or stop.wait(left):
            return


@contextmanager
def _ended_by_signal() -> Iterator[threading.Event]:
    """An event that is set by Ctrl+C, by SIGTERM and by a terminal that is closed."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = [getattr(signal, name) for name in _ENDS if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
