"""An account at work: texts to people, their answers, calls, and the trouble that comes with them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from giftpulse.simulator import calling, inbound
from giftpulse.simulator.alerting import raise_alert
from giftpulse.simulator.chance import chance
from giftpulse.simulator.incidents import Incident, storm
from giftpulse.simulator.messages import Message
from giftpulse.simulator.places import somebody
from giftpulse.simulator.sending import accept
from giftpulse.simulator.validation import Order
from giftpulse.simulator.world import World

_TICK = 0.05
# The account's own number, in no messaging service.
_NUMBER = "+12065550199"
_TEXTS = (
    "Your gift for today: a walk at noon, without the phone.",
    "Call somebody you have not called for a year. Two minutes are enough.",
    "Today: write down three things that went well.",
    "Your order has been shipped and arrives on Thursday.",
    "Reminder: your appointment is tomorrow at 9:30. Reply C to confirm.",
    "Ein kleines Geschenk für dich: fünf Minuten Stille.",
    "Today’s gift: notice one small kindness — and pass it on ✨",
)
# STOP is rarer than START: the people are not endless, and in a long run too many would have left.
_ANSWERS = {
    "Thank you!": 40,
    "C": 20,
    "❤️": 10,
    "who is this": 6,
    "ok": 10,
    "HELP": 4,
    "START": 6,
    "STOP": 3,
    "Stop please": 1,
}


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of what happens; they need not add up to one. ``callbacks``: texts ask for status callbacks.

    ``in_service``: the share of texts that go out by a messaging service, the others from a number.
    """

    texts: float = 0.84
    answers: float = 0.07
    calls: float = 0.07
    alerts: float = 0.02
    in_service: float = 0.75
    callbacks: bool = True


# (code, about, details): the entries that turn up in every account's log now and then.
_STRAY_ALERTS = (
    (11200, "message", "https://hooks.example.com/sms/status"),
    (11205, "call", "https://voice.example.com/answer"),
    (12300, "message", "https://hooks.example.com/sms/inbound"),
    (15003, "call", "https://voice.example.com/progress"),
    (13224, "call", None),
)


class Traffic:
    """Makes ``rate`` happenings a second of ours, the same ones in the same order for the same seed."""

    def __init__(
        self, world: World, rate: float, mix: Mix | None = None, incidents: Sequence[Incident] = (), seed: int = 1
    ) -> None:
        self._world = world
        self._rate = rate
        self._mix = mix or Mix()
        self._incidents = incidents
        self._rng = chance(seed, "traffic")
        self._task: asyncio.Task[None] | None = None
        self._last_message: Message | None = None
        # What each incident owes: fractions of a happening, from tick to tick.
        self._owed = [0.0 for _ in incidents]

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End. What is on its way goes on living."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._world.rules.clear()

    async def _run(self) -> None:
        begin = time.monotonic()
        done, last = 0, 0.0
        while True:
            await asyncio.sleep(_TICK)
            second = time.monotonic() - begin
            # After a stall it catches up over some ticks and not in one.
            for _ in range(min(int(second * self._rate) - done, int(self._rate * _TICK * 4) + 1)):
                self.happen()
                done += 1
            self.trouble(second, second - last)
            last = second

    def happen(self) -> None:
        """One thing of the mix."""
        mix = self._mix
        what = self._rng.choices(
            (self._text, self._answer, self._call, self._alert), (mix.texts, mix.answers, mix.calls, mix.alerts)
        )[0]
        what()

    def trouble(self, second: float, passed: float) -> None:
        """Let the incidents of this second do their work; ``passed`` seconds since the last time."""
        on = [(number, incident) for number, incident in enumerate(self._incidents) if incident.is_on(second)]
        self._world.rules[:] = [rule for _, incident in on if (rule := incident.rule()) is not None]
        for number, incident in on:
            self._owed[number] += incident.rate * passed
            while self._owed[number] >= 1:
                self._owed[number] -= 1
                self._suffer(incident)

    def _suffer(self, incident: Incident) -> None:
        if incident.kind == "unreachable":
            self._text(country=incident.country)
        elif incident.kind == "calls_failing":
            call = self._call(end="failed")
            storm(self._world, incident, call)
        elif incident.kind == "webhook_down":
            storm(self._world, incident, self._someones_message())
        else:
            self._text(service_sid=incident.service_sid)

    def _text(self, country: str | None = None, service_sid: str | None = None) -> None:
        world, rng = self._world, self._rng
        if service_sid is None and rng.random() < self._mix.in_service:
            service_sid = self._service()
        order = Order(
            to=somebody(rng, country),
            from_=None if service_sid else _NUMBER,
            service_sid=service_sid,
            body=rng.choice(_TEXTS),
            media=0,
            callback=world.webhooks.status if self._mix.callbacks else None,
            validity=None,
            send_at=None,
        )
        self._last_message = accept(world, world.account(), order)

    def _answer(self) -> None:
        service = self._service()
        to = self._rng.choice(self._world.senders(service)) if service else _NUMBER
        [body] = self._rng.choices(list(_ANSWERS), list(_ANSWERS.values()))
        inbound.receive(self._world, somebody(self._rng), to, body)

    def _service(self) -> str | None:
        usable = sorted(sid for sid, pool in self._world.config.services.items() if pool)
        return self._rng.choice(usable) if usable else None

    def _call(self, end: str | None = None) -> str:
        direction = self._rng.choice(("outbound-api", "inbound")) if end is None else "outbound-api"
        person = somebody(self._rng, "US")
        to, from_ = (_NUMBER, person) if direction == "inbound" else (person, _NUMBER)
        return calling.place(self._world, self._world.account(), to, from_, direction=direction, end=end).sid

    def _alert(self) -> None:
        code, about, url = self._rng.choice(_STRAY_ALERTS)
        sid = self._someones_message() if about == "message" else self._call(end="completed")
        raise_alert(self._world, code, sid, url=url)

    def _someones_message(self) -> str:
        if self._last_message is None:
            self._text()
        assert self._last_message is not None
        return self._last_message.sid
