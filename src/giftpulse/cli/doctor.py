"""``giftpulse doctor``: what is wrong, what it means, and how to mend it."""

from collections.abc import Sequence

import typer

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, out, show_json
from giftpulse.doctor.examine import examine
from giftpulse.doctor.finding import Finding, fail
from giftpulse.ground import journal, settings
from giftpulse.ground.errors import SettingsError

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check settings, database, Twilio, mail, rounds and rules. Changes and sends nothing; exit code 1 if one fails."""
    found = _examine()
    worst = next((state for state in ("fail", "warn") if any(one.state == state for one in found)), "ok")
    if as_json:
        show_json({"status": worst, "findings": [one.as_data() for one in found]})
    else:
        _show(found)
    if worst == "fail":
        raise typer.Exit(1)


def _examine() -> list[Finding]:
    try:
        loaded = settings.load()
    except SettingsError as error:
        return [fail("Settings", line, "Correct it in the environment or in .env.") for line in str(error).splitlines()]
    journal.start(loaded.log_level, loaded.log_format)
    return examine(loaded)


def _show(found: Sequence[Finding]) -> None:
    for one in found:
        out.print(f"[{_COLOURS[one.state]}]{one.state:<4}[/]  ", end="")
        out.print(f"{one.check}: {one.says}", markup=False)
        if one.mend:
            out.print(f"      -> {one.mend}", markup=False)
