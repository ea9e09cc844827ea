"""``giftpulse simulator``: a Twilio on loopback, by itself."""

import typer

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, out, show_json
from giftpulse.ground.errors import SettingsError
from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN, SCRIPT, Simulator, SimulatorConfig, Webhooks, serve


@app.command()
def simulator(
    host: str = typer.Option("127.0.0.1", help="Address to listen on"),
    port: int = typer.Option(8001, min=0, max=65535, help="Port to listen on; 0 for any free one"),
    speed: float = typer.Option(1.0, min=0, help="Seconds of a message's life in one of ours; 0 stands still"),
    seed: int = typer.Option(1, help="The same seed, the same happenings"),
    traffic: float = typer.Option(0.0, min=0, help="Texts, calls and the like that happen by themselves, per second"),
    webhooks: str | None = typer.Option(
        None, help="Base address of a GiftPulse to call, such as http://127.0.0.1:8000"
    ),
    as_json: AsJson = False,
) -> None:
    """Run a simulated Twilio, and print what to set to use it. Ends with SIGTERM or Ctrl-C."""
    config = SimulatorConfig(speed=speed, seed=seed, webhooks=_doors(webhooks.rstrip("/")) if webhooks else Webhooks())

    def begin(running: Simulator) -> None:
        if traffic > 0:
            running.traffic(traffic, incidents=SCRIPT)

    def ready(url: str) -> None:
        settings = {
            "TWILIO_API_URL": url,
            "TWILIO_MONITOR_URL": url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }
        if as_json:
            show_json(settings)
            return
        for name, value in settings.items():
            out.print(f"{name}={value}", markup=False)

    try:
        serve(config, host, port, ready, begin)
    except OSError as error:
        said = (
            f"--host {host} --port {port}: cannot listen there ({error.strerror or error}); choose another with --port"
        )
        raise SettingsError(said) from error


def _doors(base: str) -> Webhooks:
    return Webhooks(
        inbound=f"{base}/webhook/inbound",
        status=f"{base}/webhook/status",
        debugger=f"{base}/webhook/debugger",
        events=f"{base}/webhook/events",
    )
