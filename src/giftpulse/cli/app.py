"""The command ``giftpulse``: its groups, its errors, and the one way that commands open the installation."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

import giftpulse
from giftpulse.cli import console
from giftpulse.cli.console import err
from giftpulse.ground.errors import GiftPulseError


class EitherDash(TyperGroup):
    """``-`` and ``_`` are the same in every command name."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Click asks for a command by the name that was typed."""
        return super().get_command(ctx, cmd_name.replace("_", "-"))


app = typer.Typer(
    cls=EitherDash,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A daily text program on Twilio, and a monitor of everything Twilio does for the account.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.out.print(giftpulse.__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version"),
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line. Known errors are one clear message and exit code 1, without a traceback."""
    try:
        app()
    except GiftPulseError as error:
        err.print(f"[bold red]{error.title if not str(error) else 'Error'}:[/] ", end="")
        err.print(str(error), markup=False, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
