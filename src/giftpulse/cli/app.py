"""The command ``giftpulse``: its groups, its errors, and the one way that commands are added."""

import sys
from typing import Any

import typer
from sqlalchemy.exc import InterfaceError, OperationalError
from typer.core import TyperGroup

import giftpulse
from giftpulse.cli import console
from giftpulse.ground import runtime
from giftpulse.ground.errors import GiftPulseError


class EitherDash(TyperGroup):
    """``-`` and ``_`` are the same in every command name; a known error is one message and exit code 1."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Click asks for a command by the name that was typed."""
        return super().get_command(ctx, cmd_name.replace("_", "-"))

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except GiftPulseError as error:
            console.complain(error)
        except (OperationalError, InterfaceError) as error:
            console.complain_of_database(error)
        raise typer.Exit(1)


app = typer.Typer(
    cls=EitherDash,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A daily text program on Twilio, and a monitor of everything Twilio does for the account.",
)


def group(name: str, does: str) -> typer.Typer:
    """A group of commands: ``giftpulse NAME COMMAND``."""
    made = typer.Typer(cls=EitherDash, no_args_is_help=True, help=does)
    app.add_typer(made, name=name)
    return made


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
    """Run the command line."""
    runtime.tune()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
