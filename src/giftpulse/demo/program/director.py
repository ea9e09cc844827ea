"""Plays the demo's program: lets people text, lets things go wrong, and does what an operator would."""

import random
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from giftpulse.daily.outbox.models import DELIVERED, PLANNED, SENT, Delivery
from giftpulse.daily.programs import store
from giftpulse.daily.programs.models import Hold
from giftpulse.daily.subscribers.models import ACTIVE, Subscriber
from giftpulse.demo.caught import Caught
from giftpulse.demo.program import crowd, troubles
from giftpulse.demo.program.begin import SENDER
from giftpulse.demo.program.crowd import Act
from giftpulse.demo.program.scenes import Scene
from giftpulse.demo.program.towns import Directory
from giftpulse.demo.program.troubles import Reach
from giftpulse.ground import clock

_TICK = 0.25  # seconds
_LOOK = 0.01  # seconds between two looks whether a STOP was obeyed
_LIFTED_AFTER = timedelta(seconds=6)
_STATES = {"waiting": (PLANNED,), "served": (SENT, DELIVERED)}


@dataclass
class Stop:
    """Somebody said stop. ``obeyed_at``: when that was committed, as another transaction saw it; None: not yet."""

    phone: str
    said_at: datetime
    obeyed_at: datetime | None = None

    @property
    def milliseconds(self) -> float | None:
        """From their word to our deed, the webhook included."""
        return None if self.obeyed_at is None else (self.obeyed_at - self.said_at) / timedelta(milliseconds=1)


class Director:
    """Works in a thread of its own from ``start`` to ``stop``. ``stops`` are all that were said."""

    def __init__(
        self, reach: Reach, program_id: int, caught: Caught, dice: random.Random, directory: Directory
    ) -> None:
        self._reach, self._program_id, self._caught = reach, program_id, caught
        self._dice, self._directory = dice, directory
        self._acts, self._script = crowd.acts(dice), troubles.script()
        self._owed: deque[troubles.Trouble] = deque()
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(1, "director")
        self._played: Future[None] | None = None
        self.stops: list[Stop] = []

    def start(self) -> None:
        """Begin to play."""
        self._played = self._pool.submit(self._play)

    def stop(self) -> None:
        """Play no more; harmless when repeated. Raises what ended the play too early."""
        self._end.set()
        self._pool.shutdown()
        if self._played is not None:
            self._played.result()

    def pause_program(self) -> None:
        """Let nothing more go out."""
        with self._reach.site.database.begin() as session:
            store.patch(session, self._program_id, {"paused": True}, clock.now(), "demo")

    def look(self) -> bool:
        """Note which stops have been obeyed by now; answers whether all of them are."""
        open_stops = [stop for stop in self.stops if stop.obeyed_at is None]
        if open_stops:
            with self._reach.site.database.read() as session:
                mine = Subscriber.program_id == self._program_id, Subscriber.status == ACTIVE
                asked = [stop.phone for stop in open_stops]
                active = set(session.scalars(select(Subscriber.phone).where(*mine, Subscriber.phone.in_(asked))))
            now = clock.now()
            for stop in open_stops:
                stop.obeyed_at = None if stop.phone in active else now
        return all(stop.obeyed_at for stop in self.stops)

    def _play(self) -> None:
        began = time.monotonic()
        act, trouble = next(self._acts), next(self._script)
        while not self._end.wait(_TICK if self.look() else _LOOK):
            second = time.monotonic() - began
            if second >= act.at:
                self._text(act)
                act = next(self._acts)
            while second >= trouble.at:
                self._owed.append(trouble)
                trouble = next(self._script)
            self._order()
            self._operate()

    def _text(self, act: Act) -> None:
        """Somebody texts; who is not there today does not."""
        phone = self._directory.somebody_awake(clock.now()) if act.who == "stranger" else self._somebody(act)
        if phone is None:
            return
        if act.means_stop:
            self.stops.append(Stop(phone, clock.now()))
        self._reach.simulator.receive(phone, SENDER, act.body)

    def _somebody(self, act: Act) -> str | None:
        with self._reach.site.database.read() as session:
            people = select(Subscriber.phone).where(
                Subscriber.program_id == self._program_id, Subscriber.status == ACTIVE, Subscriber.phone.is_not(None)
            )
            if states := _STATES.get(act.who):
                theirs = Delivery.subscriber_id == Subscriber.id, Delivery.state.in_(states)
                people = people.where(select(Delivery.id).where(*theirs).exists())
            found = session.scalars(people.order_by(Subscriber.id)).all()
        return self._dice.choice(found) if found else None

    def _order(self) -> None:
        """What could not be done yet, such as filtering a text when none is under way, is tried again."""
        now = clock.now()
        if self._owed and self._owed[0].do(self._reach):
            self._caught.add(Scene(now, "ordered", self._owed.popleft().says))

    def _operate(self) -> None:
        """Lift what holds the program up, as an operator does who has looked into it."""
        site, now = self._reach.site, clock.now()
        with site.database.read() as session:
            waiting = select(Hold.id).where(Hold.lifted_at.is_(None), Hold.since <= now - _LIFTED_AFTER)
            if session.scalar(waiting.limit(1)) is None:
                return
        with site.database.begin() as session:
            store.resume(session, self._program_id, site.settings, now, "operator")
