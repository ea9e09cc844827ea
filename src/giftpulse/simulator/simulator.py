"""The simulator's one face: a Twilio that serves, and is told what to do, in one event loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiohttp import web

from giftpulse.ground.errors import NotFoundError
from giftpulse.simulator import calling, history, inbound, life
from giftpulse.simulator.alerting import raise_alert
from giftpulse.simulator.alerts import Alert
from giftpulse.simulator.calls import Call
from giftpulse.simulator.config import SimulatorConfig, Webhooks
from giftpulse.simulator.faults import Fault
from giftpulse.simulator.incidents import Incident
from giftpulse.simulator.messages import Message
from giftpulse.simulator.traffic import Mix, Traffic
from giftpulse.simulator.world import Mischief, World


class Simulator:
    """All methods belong to the event loop that it was opened in; from another thread use ``running``."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.world = World(self.config)
        self._traffic: list[Traffic] = []

    async def open(self) -> None:
        """Begin to live: from here on statuses move and webhooks go out."""
        await self.world.office.open()
        self.world.schedule.start(asyncio.get_running_loop())

    async def close(self) -> None:
        """Stop everything at once."""
        await self.stop_traffic()
        self.world.schedule.stop()
        self.world.events.stop()
        await self.world.office.close()

    # What a person or a carrier does

    def receive(
        self, sender: str, to: str, body: str, *, account_sid: str | None = None, media: int = 0, url: str | None = None
    ) -> Message:
        """A person texts one of the numbers; see ``inbound.receive``."""
        return inbound.receive(self.world, sender, to, body, account_sid=account_sid, media=media, url=url)

    def add_messages(self, number: int, **properties: Any) -> list[str]:
        """History; see ``history.add_messages``."""
        return history.add_messages(self.world, number, **properties)

    def add_calls(self, number: int, **properties: Any) -> list[str]:
        """History; see ``history.add_calls``."""
        return history.add_calls(self.world, number, **properties)

    def call(self, to: str, from_: str, *, direction: str = "outbound-api", end: str | None = None) -> Call:
        """A call that lives; see ``calling.place``."""
        return calling.place(self.world, self.world.account(), to, from_, direction=direction, end=end)

    def alert(self, code: int, resource_sid: str, **properties: Any) -> Alert:
        """An entry in the error log; see ``alerting.raise_alert``."""
        return raise_alert(self.world, code, resource_sid, **properties)

    def force(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Put a message or a call into a status; its callback goes out. Raises NotFoundError."""
        for account in self.world.accounts.values():
            message, call = account.messages.get(sid), account.calls.get(sid)
            if message is not None:
                return life.force(self.world, message, status, error_code)
            if call is not None:
                return calling.force(self.world, call, status)
        raise NotFoundError(f"There is no message or call {sid}")

    # Trouble

    def order(self, kind: str, **properties: Any) -> Fault:
        """Order a fault; see ``faults.Fault``. Raises ValueError for an unknown kind, TypeError for a property."""
        fault = Fault(kind, **properties)  # type: ignore[arg-type]
        self.world.faults.order(fault)
        return fault

    def clear_faults(self) -> None:
        """Call off all faults, and the mischief with callbacks."""
        self.world.faults.clear()
        self.world.mischief = Mischief()

    def disturb(self, **shares: float) -> None:
        """Make callbacks late, doubled, out of order or dropped; see ``world.Mischief``."""
        self.world.mischief = Mischief(**shares)

    # Time, addresses, traffic

    def point(self, webhooks: Webhooks) -> None:
        """Where webhooks go from here on."""
        self.world.webhooks = webhooks

    def advance(self, seconds: float) -> datetime:
        """Let virtual seconds pass at once; answers the new instant."""
        self.world.schedule.advance(seconds)
        return self.world.schedule.now()

    async def settle(self) -> None:
        """Wait until every webhook that is due has been answered or given up."""
        await asyncio.sleep(0)
        while self.world.events.is_gathering:
            await asyncio.sleep(0.01)
        await self.world.office.idle()

    def traffic(
        self, rate: float, mix: Mix | None = None, incidents: Sequence[Incident] = (), seed: int | None = None
    ) -> None:
        """Start traffic, ``rate`` happenings a second of ours, with scripted incidents."""
        traffic = Traffic(self.world, rate, mix, incidents, self.config.seed if seed is None else seed)
        self._traffic.append(traffic)
        traffic.start()

    async def stop_traffic(self) -> None:
        """End all traffic."""
        for traffic in self._traffic:
            await traffic.stop()
        self._traffic.clear()

    def state(self) -> dict[str, Any]:
        """Counters, for people and tests."""
        world = self.world
        return {
            "now": world.schedule.now().isoformat(),
            "speed": world.schedule.speed,
            "accounts": {
                sid: {"messages": len(a.messages), "calls": len(a.calls), "alerts": len(a.alerts)}
                for sid, a in world.accounts.items()
            },
            "counts": dict(world.counts),
            "webhooks": dict(world.office.counts),
            "addresses": asdict(world.webhooks),
            "opt_outs": len(world.opt_outs),
            "faults": [
                {"kind": fault.kind, "struck": fault.struck, "times": fault.times} for fault in world.faults.orders
            ],
            "planned": len(world.schedule),
        }


SIMULATOR: web.AppKey[Simulator] = web.AppKey("simulator", Simulator)
