"""Runs a simulator: for good (``serve``), or beside a test or a demo in a thread of its own (``running``)."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from aiohttp import web

from giftpulse.simulator.config import SimulatorConfig, Webhooks
from giftpulse.simulator.faults import Fault
from giftpulse.simulator.incidents import Incident
from giftpulse.simulator.simulator import Simulator
from giftpulse.simulator.traffic import Mix
from giftpulse.simulator.web_app import make_app

T = TypeVar("T")

# Seconds that one order from another thread may take.
_PATIENCE = 60.0


async def _listen(simulator: Simulator, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Open the simulator and serve it; answers the runner and the port (for 0, the one that was free)."""
    await simulator.open()
    runner = web.AppRunner(make_app(simulator), access_log=None, shutdown_timeout=1.0)
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        await simulator.close()
        raise
    return runner, runner.addresses[0][1]


async def serve_until(
    simulator: Simulator, host: str, port: int, ready: Callable[[str], None], until: asyncio.Event
) -> None:
    """Serve until the event is set. ``ready`` is called once with the base URL. Raises OSError for a taken port."""
    runner, bound = await _listen(simulator, host, port)
    try:
        ready(f"http://{host}:{bound}")
        await until.wait()
    finally:
        await runner.cleanup()
        await simulator.close()


def serve(
    config: SimulatorConfig | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] = lambda url: None,
    begin: Callable[[Simulator], None] = lambda simulator: None,
) -> None:
    """Serve from the main thread until SIGINT or SIGTERM. ``begin`` may start traffic; see ``serve_until``."""

    async def main() -> None:
        until = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not on Windows, where the interrupt arrives as KeyboardInterrupt.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, until.set)
        simulator = Simulator(config)

        def on_ready(url: str) -> None:
            begin(simulator)
            ready(url)

        await serve_until(simulator, host, port, on_ready, until)

    asyncio.run(main())


class RunningSimulator:
    """A simulator in a thread with an event loop of its own. Its methods may be called from any thread."""

    def __init__(self, config: SimulatorConfig | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.config = config or SimulatorConfig()
        self.url = ""
        self._at = (host, port)
        self._ready = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> "RunningSimulator":
        """Return when it listens. Raises OSError for a taken port."""
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def stop(self) -> None:
        """Return when it has gone."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._until.set)
            self._thread.join()

    def __enter__(self) -> "RunningSimulator":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def account_sid(self) -> str:
        """The first account."""
        return self.config.accounts[0].sid

    @property
    def auth_token(self) -> str:
        """The first account's token."""
        return self.config.accounts[0].token

    def do(self, act: Callable[[Simulator], T]) -> T:
        """Do anything with the simulator, in its own thread; answers the result or raises what was raised."""

        async def there() -> T:
            return act(self._simulator)

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(_PATIENCE)

    def settle(self) -> None:
        """Wait until every webhook that is due has been answered or given up."""
        asyncio.run_coroutine_threadsafe(self._simulator.settle(), self._loop).result(_PATIENCE)

    def advance(self, seconds: float) -> None:
        """Let virtual seconds pass at once, and wait for the webhooks that they bring."""
        self.do(lambda simulator: simulator.advance(seconds))
        self.settle()

    def order(self, kind: str, **properties: Any) -> Fault:
        """Order a fault; see ``faults.Fault``."""
        return self.do(lambda simulator: simulator.order(kind, **properties))

    def clear_faults(self) -> None:
        """Call off all faults and mischief."""
        self.do(lambda simulator: simulator.clear_faults())

    def disturb(self, **shares: float) -> None:
        """Make callbacks late, doubled, out of order or dropped; see ``world.Mischief``."""
        self.do(lambda simulator: simulator.disturb(**shares))

    def point(self, webhooks: Webhooks) -> None:
        """Where webhooks go from here on."""
        self.do(lambda simulator: simulator.point(webhooks))

    def receive(self, sender: str, to: str, body: str, **properties: Any) -> str:
        """A person texts one of the numbers; answers the SID. See ``inbound.receive``."""
        return self.do(lambda simulator: simulator.receive(sender, to, body, **properties).sid)

    def add_messages(self, number: int, **properties: Any) -> list[str]:
        """History; see ``history.add_messages``."""
        return self.do(lambda simulator: simulator.add_messages(number, **properties))

    def add_calls(self, number: int, **properties: Any) -> list[str]:
        """History; see ``history.add_calls``."""
        return self.do(lambda simulator: simulator.add_calls(number, **properties))

    def call(self, to: str, from_: str, **properties: Any) -> str:
        """A call that lives; answers the SID. See ``calling.place``."""
        return self.do(lambda simulator: simulator.call(to, from_, **properties).sid)

    def alert(self, code: int, resource_sid: str, **properties: Any) -> str:
        """An entry in the error log; answers the SID. See ``alerting.raise_alert``."""
        return self.do(lambda simulator: simulator.alert(code, resource_sid, **properties).sid)

    def force(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Put a message or a call into a status. Raises NotFoundError."""
        self.do(lambda simulator: simulator.force(sid, status, error_code))

    def traffic(self, rate: float, mix: Mix | None = None, incidents: Sequence[Incident] = ()) -> None:
        """Start traffic; see ``traffic.Traffic``."""
        self.do(lambda simulator: simulator.traffic(rate, mix, incidents))

    def stop_traffic(self) -> None:
        """End all traffic."""
        asyncio.run_coroutine_threadsafe(self._simulator.stop_traffic(), self._loop).result(_PATIENCE)

    def state(self) -> dict[str, Any]:
        """Counters."""
        return self.do(lambda simulator: simulator.state())

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            self._error = error
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = asyncio.Event()
        self._simulator = Simulator(self.config)

        def ready(url: str) -> None:
            self.url = url
            self._ready.set()

        await serve_until(self._simulator, *self._at, ready, self._until)


@contextmanager
def running(config: SimulatorConfig | None = None) -> Iterator[RunningSimulator]:
    """A simulator on a free port of loopback while the block runs; ``.url`` is its base address."""
    with RunningSimulator(config) as simulator:
        yield simulator
