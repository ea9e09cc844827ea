"""Sets everything up on loopback, and takes it down again without a trace."""

import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn

from giftpulse import schema, timetable
from giftpulse.demo.caught import Caught
from giftpulse.demo.fake_openai import RunningFakeOpenAi
from giftpulse.demo.isolation import demo_settings
from giftpulse.demo.outside import Outside
from giftpulse.demo.own_log import own_log
from giftpulse.demo.program.begin import begin
from giftpulse.demo.program.director import Director
from giftpulse.demo.program.towns import Directory
from giftpulse.demo.program.troubles import Reach
from giftpulse.demo.seeds import seed
from giftpulse.embedded import Embedded
from giftpulse.ground import clock
from giftpulse.ground.site import Site, open_site
from giftpulse.monitor.channels.payload import new_secret
from giftpulse.simulator import SCRIPT, RunningSimulator, SimulatedAccount, SimulatorConfig, Webhooks
from giftpulse.simulator.chance import chance
from giftpulse.web import create_app

PREFIX = "giftpulse-demo-"
"""How the names of the demo's temporary directories begin."""

_RATE = 8.0  # happenings a second
_FIRST_ANSWERS = ("link", "junk")  # what OpenAI says first: turned down, and asked for once more
_PATIENCE = 20.0  # seconds that our service may take to listen


@dataclass(frozen=True)
class Stage:
    """Everything that is running. ``log``: the file with our own log."""

    address: str
    token: str
    site: Site
    simulator: RunningSimulator
    caught: Caught
    log: Path
    director: Director


@contextmanager
def stage(listener: socket.socket, speed: float, seed_number: int) -> Iterator[Stage]:
    """Our service on a bound socket, and around it all that it speaks to, while the block runs."""
    with ExitStack() as stack:
        stack.callback(listener.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX)))
        caught, secret = Caught(), new_secret()
        stack.enter_context(own_log(folder / "giftpulse.log", caught))
        outside = stack.enter_context(Outside(caught, secret))
        account = SimulatedAccount(token=secrets.token_hex(16))
        simulator = stack.enter_context(
            RunningSimulator(SimulatorConfig(accounts=(account,), speed=speed, seed=seed_number))
        )
        address = _address(listener)
        openai = stack.enter_context(RunningFakeOpenAi(seed_number))
        own_account = (account.sid, account.token)
        settings = demo_settings(folder, address, simulator.url, own_account, outside.mail_port, openai.url)
        site = open_site(settings)
        stack.callback(site.close)
        schema.upgrade(site.database.engine)
        timetable.enrol(site)
        with site.database.begin() as session:
            seed(session, site, outside.hook_url, secret, clock.now())
        _past(simulator)
        director = _director(Reach(site, simulator, openai.orders), caught, seed_number)
        stack.enter_context(_serving(site, listener))
        _begin(simulator, address)
        stack.callback(director.stop)
        director.start()
        token = settings.giftpulse_admin_token
        shown = token.get_secret_value() if token else ""
        yield Stage(address, shown, site, simulator, caught, folder / "giftpulse.log", director)


def _director(reach: Reach, caught: Caught, seed_number: int) -> Director:
    """The program with its people and texts, and who will play it."""
    dice = chance(seed_number, "program")
    directory = Directory(dice)
    reach.openai.faults.extend(_FIRST_ANSWERS)
    return Director(reach, begin(reach.site, dice, directory), caught, dice, directory)


def _address(listener: socket.socket) -> str:
    """Where the simulator, and a person on this machine, reaches a socket that may listen on all addresses."""
    host, port = listener.getsockname()[:2]
    if listener.family == socket.AF_INET6:
        return f"http://[{'::1' if host == '::' else host}]:{port}"
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104  # it is only compared with


@contextmanager
def _serving(site: Site, listener: socket.socket) -> Iterator[None]:
    """The web application and all rounds, in threads."""
    embedded = Embedded(site)
    app = create_app(site, beside=(embedded.start, embedded.stop))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3, server_header=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = clock.now() + timedelta(seconds=_PATIENCE)
    while not server.started:
        if not thread.is_alive() or clock.now() > until:
            raise RuntimeError("the demo's web application did not start")
        thread.join(0.01)


def _past(simulator: RunningSimulator) -> None:
    """What the account has done before we came, for the first poll to find."""
    now = clock.now()
    first, last = now - timedelta(hours=3), now - timedelta(minutes=20)
    simulator.add_messages(180, first=first, last=last, status="delivered")
    simulator.add_calls(20, first=first, last=last, status="completed")


def _begin(simulator: RunningSimulator, address: str) -> None:
    door = f"{address}/webhook/"
    simulator.point(Webhooks(door + "inbound", door + "status", door + "debugger", door + "events"))
    simulator.traffic(_RATE, incidents=SCRIPT)
