"""``giftpulse up`` and ``giftpulse web``: the service itself."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
import uvicorn
from sqlalchemy import select

from giftpulse import timetable
from giftpulse.cli.app import app
from giftpulse.cli.console import err, opened
from giftpulse.cli.database import migrate
from giftpulse.embedded import Embedded
from giftpulse.ground import clock
from giftpulse.ground.access import ApiToken, create_token
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.herald import Herald
from giftpulse.ground.presence import present
from giftpulse.ground.site import Site
from giftpulse.twilio.accounts import account_of
from giftpulse.web import create_app

KEEP_ALIVE = 150
"""Seconds that a connection may lie idle before we close it. Longer than what stands before us keeps one to use it
again (a load balancer of AWS and nginx 60 s, Traefik 90 s, Caddy 120 s): if we were the first to close, a request could
just be on its way, and whoever sent it would get a 502. A house test compares it with infra/door.py."""


@app.command()
def up(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all"),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on; 0 for any free one"),
    database: str | None = typer.Option(None, help="Address of the database, instead of DATABASE_URL"),
) -> None:
    """Run everything in one process: web, API, and all rounds. Migrates the database first."""
    overrides: dict[str, object] = {"database_url": database} if database else {}
    with opened(migrated=False, **overrides) as site:
        migrate(site)
        timetable.enrol(site)
        with listener(host, port) as bound, present(site, f"up at port {bound.getsockname()[1]}"):
            serve(site, bound, Embedded(site), lambda: _welcome(site, address_of(bound)))


@app.command()
def web(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all"),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on; 0 for any free one"),
) -> None:
    """Run the web application alone; rounds run elsewhere (`giftpulse worker`, or `giftpulse run ROUND` by cron)."""
    with opened() as site:
        timetable.enrol(site)
        with listener(host, port) as bound, _telling(site), present(site, f"web at port {bound.getsockname()[1]}"):
            base = address_of(bound)
            welcome = f"[bold]GiftPulse[/], web only, at [bold]{base}[/]  (API: {base}/docs)"
            serve(site, bound, None, lambda: err.print(welcome))


@contextmanager
def _telling(site: Site) -> Iterator[None]:
    """Let workers hear at once of what comes in here, where there is a Redis for it."""
    if not site.settings.redis_url:
        yield
        return
    herald = Herald(site.settings.redis_url, site.bulletin, site.holder)
    herald.start()
    try:
        yield
    finally:
        herald.stop()


class _Server(uvicorn.Server):
    """As uvicorn's, but a stop that is asked for while it starts is an orderly one too."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; and if nobody wants that any more, end what was started, which uvicorn would leave undone."""
        await super().startup(sockets=sockets)
        if self.started and self.should_exit:
            await self.shutdown(sockets=sockets)


def serve(site: Site, bound: socket.socket, embedded: Embedded | None, welcome: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then return; requests and rounds under way are seen through. Whoever has been
    welcomed may stop us from then on."""
    beside = (embedded.start, embedded.stop) if embedded else None
    config = uvicorn.Config(
        create_app(site, beside=beside),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=20,
        server_header=False,
    )
    server = _Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    # Once it has shut down, uvicorn raises the signal again for whoever was there before it. That is us, and being
    # asked to stop is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    welcome()
    server.run(sockets=[bound])


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        # From here on connections wait for us: the address that is printed can be used at once.
        made.listen(2048)
    except OSError as error:
        made.close()
        raise SettingsError(
            f"--host {host} --port {port}: cannot listen there ({error.strerror}); choose another with --port"
        ) from error
    return made


def address_of(bound: socket.socket) -> str:
    """The web address of a socket that listens."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _welcome(site: Site, base: str) -> None:
    """Where to go and what is missing; on the very first start, a ready admin token too, unless the settings name one:
    what is printed in a container stands in a log."""
    with site.database.begin() as session:
        first = session.scalar(select(ApiToken.id).limit(1)) is None and not site.settings.giftpulse_admin_token
        token = create_token(session, "admin", "admin", clock.now()) if first else None
    err.print(f"[bold]GiftPulse[/] at [bold]{base}[/]  (API: {base}/docs)")
    if token:
        err.print(f"Your admin token, shown this once: [bold green]{token}[/]")
        err.print(f'Try: curl -H "Authorization: Bearer {token}" {base}/api/logs', markup=False)
    if account_of(site.settings) is None:
        err.print(
            "[yellow]TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set: nothing is fetched, webhooks are closed.[/]"
        )
    elif not site.settings.public_url:
        err.print("[yellow]PUBLIC_URL is not set: webhooks are checked against the address in each request.[/]")
