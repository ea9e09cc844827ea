"""The terminal: tables and colours for people, JSON for programs; and the installation a command works on."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import DBAPIError

from giftpulse import schema
from giftpulse.ground import journal, settings, traces
from giftpulse.ground.errors import ConflictError, GiftPulseError
from giftpulse.ground.site import Site, open_site
from giftpulse.twilio.error_codes import explain
from giftpulse.twilio.failures import TwilioError

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs")]
"""The option of every command that prints data."""

_WIDE = 1000  # columns where nobody looks: a program that reads a table must get all of it


def show_json(data: Any) -> None:
    """Print data for programs: plain JSON, never coloured or wrapped."""
    speaks_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(data, indent=2, default=str, ensure_ascii=not speaks_unicode))


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], empty: str = "") -> None:
    """Print a table for people; ``empty`` where there is nothing to show."""
    if not rows:
        out.print(empty, markup=False)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    Console(highlight=False, width=None if out.is_terminal else _WIDE).print(table)


def show_facts(facts: Mapping[str, Any]) -> None:
    """Print name and value, one a line; what is None is left out."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        if value is not None:
            out.print(f"{name:<{width}}  {_shown(value)}", markup=False)


def _shown(value: Any) -> str:
    """A value as text. Texts come from strangers' phones: what could steer a terminal is made visible instead."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else " " if c in "\n\t" else repr(c)[1:-1] for c in text)


def complain(error: GiftPulseError) -> None:
    """Say what went wrong; for a refusal of Twilio's, also what its code means."""
    err.print("[bold red]Error:[/] ", end="")
    err.print(str(error) or error.title, markup=False)
    if isinstance(error, TwilioError) and error.code is not None and (known := explain(error.code)).known:
        err.print(f"{known.meaning}. {known.action} ({known.link})", markup=False)


def complain_of_database(error: DBAPIError) -> None:
    """Say what the database said; its words may hold a password, so known secrets are masked."""
    err.print("[bold red]Error:[/] the database does not do what was asked: ", end="")
    err.print(journal.masked(str(error.orig).strip()), markup=False)


def _is_for_a_person(loaded: settings.Settings) -> bool:
    """Whether our log goes to somebody at a terminal who did not ask for JSON."""
    return loaded.log_format == "text" or ("log_format" not in loaded.model_fields_set and sys.stderr.isatty())


@contextmanager
def opened(*, migrated: bool = True, **overrides: object) -> Iterator[Site]:
    """The installation of the environment's settings. Says so if its database is not at the newest schema."""
    loaded = settings.load(**overrides)
    journal.start(loaded.log_level, "text" if _is_for_a_person(loaded) else "json")
    site = open_site(loaded)
    try:
        if migrated:
            present, newest = schema.revisions(site.database.engine)
            if present != newest:
                raise ConflictError("the database is not at the newest schema: run `giftpulse db upgrade` first")
        with traces.running(loaded):
            yield site
    finally:
        site.close()
