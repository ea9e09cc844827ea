"""``giftpulse demo``: everything moving on this machine, and nothing leaving it."""

import socket
import sys
from typing import TextIO

import typer

from giftpulse.cli import console
from giftpulse.cli.app import app
from giftpulse.cli.serve import listener
from giftpulse.demo import words
from giftpulse.demo.audit import Summary
from giftpulse.demo.plain import Plain
from giftpulse.demo.play import Display, Wishes, play
from giftpulse.demo.screen import Screen
from giftpulse.ground.errors import SettingsError


@app.command()
def demo(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all"),
    port: int = typer.Option(8000, min=0, max=65535, help="Port to listen on; another if it is taken, 0 for any"),
    speed: float = typer.Option(4.0, min=0.1, max=100, help="Seconds of a message's life that pass in one of ours"),
    seed: int = typer.Option(1, help="The same number, the same traffic"),
    seconds: float | None = typer.Option(None, min=1, help="End after so many seconds, without anybody's doing"),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON; all else goes to standard error"),
) -> None:
    """Show everything at work: a text program for people around the world, a simulated Twilio with traffic and trouble,
    a simulated OpenAI, rules, alerts, mails and webhooks.

    On a throw-away database, on loopback alone; no setting of the environment counts.
    """
    bound, notes = _listener(host, port)
    display: Display = Screen(console.out) if console.out.is_terminal and not as_json else Plain(_stream(as_json))
    console.err.print("Starting: the people are taken in, the texts of the days ahead are written ...")
    summary = play(bound, Wishes(speed, seed, seconds), display, notes)
    if as_json:
        console.show_json(summary.as_json())
    else:
        _tell(summary)
    if not summary.is_clean or (seconds is not None and not summary.is_complete):
        raise typer.Exit(1)


def _stream(as_json: bool) -> TextIO:
    return sys.stderr if as_json else sys.stdout


def _listener(host: str, port: int) -> tuple[socket.socket, list[str]]:
    """The socket that was asked for, or one on a free port and a word about it."""
    try:
        return listener(host, port), []
    except SettingsError as refused:
        try:
            bound = listener(host, 0)
        except SettingsError:  # it is not about the port
            raise refused from None
    return bound, [f"port {port} cannot be had, so the demo listens on {bound.getsockname()[1]}"]


def _tell(summary: Summary) -> None:
    console.out.print("\n[bold]The demo is over.[/] Its database and everything else of it is gone.")
    for name, value in words.summary_lines(summary):
        console.out.print(f"{name:<12} {value}", markup=False)
