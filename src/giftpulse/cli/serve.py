"""``giftpulse up`` and ``giftpulse web``: the service itself."""

import socket

import typer
import uvicorn
from sqlalchemy import select

from giftpulse import schema
from giftpulse.cli.app import app
from giftpulse.cli.console import err, opened
from giftpulse.embedded import Embedded
from giftpulse.ground import clock
from giftpulse.ground.access import ApiToken, create_token
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.site import Site
from giftpulse.monitor import rounds
from giftpulse.twilio.accounts import account_of
from giftpulse.web import create_app


@app.command()
def up(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all"),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on"),
    database: str = typer.Option(None, help="Address of the database, instead of DATABASE_URL"),
) -> None:
    """Run everything in one process: web, API, and all rounds. Migrates the database first."""
    overrides = {"database_url": database} if database else {}
    with opened(migrated=False, **overrides) as site:
        schema.upgrade(site.database.engine)
        rounds.enrol(site)
        _welcome(site, host, port)
        embedded = Embedded(site)
        serve(site, host, port, embedded)


@app.command()
def web(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all"),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on"),
) -> None:
    """Run the web application alone; rounds run elsewhere (`giftpulse run ROUND`, cron)."""
    with opened() as site:
        rounds.enrol(site)
        serve(site, host, port, None)


def serve(site: Site, host: str, port: int, embedded: Embedded | None) -> None:
    """Serve until SIGTERM or SIGINT; requests and rounds under way are seen through."""
    beside = (embedded.start, embedded.stop) if embedded else None
    config = uvicorn.Config(
        create_app(site, beside=beside),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=20,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener(host, port)])


def listener(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise SettingsError(f"--host {host} --port {port}: cannot listen there ({error.strerror})") from error
    return made


def _welcome(site: Site, host: str, port: int) -> None:
    """Where to go and what is missing; on the very first start, a ready admin token too."""
    base = f"http://{host}:{port}"
    with site.database.begin() as session:
        first = session.scalar(select(ApiToken.id).limit(1)) is None
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
