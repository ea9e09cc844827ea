"""The terminal: tables and colours for people, JSON for programs; and the installation a command works on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from giftpulse import schema
from giftpulse.ground import journal, settings
from giftpulse.ground.errors import ConflictError
from giftpulse.ground.site import Site, open_site

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show_json(data: Any) -> None:
    """Print data for programs: plain JSON, never coloured or wrapped."""
    out.print(json.dumps(data, indent=2, default=str, ensure_ascii=False), markup=False)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> None:
    """Print a table for people; ``empty`` where there is nothing to show."""
    if not rows:
        out.print(empty)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(highlight=False).print(table)


def show_facts(facts: Mapping[str, Any]) -> None:
    """Print name and value, one a line."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        out.print(f"{name:<{width}}  {'' if value is None else value}", markup=False)


@contextmanager
def opened(*, migrated: bool = True, **overrides: object) -> Iterator[Site]:
    """The installation of the environment's settings. Says so if its database is not at the newest schema."""
    loaded = settings.load(**overrides)
    journal.start(loaded.log_level, loaded.log_format)
    site = open_site(loaded)
    try:
        if migrated:
            present, newest = schema.revisions(site.database.engine)
            if present != newest:
                raise ConflictError("the database is not at the newest schema: run `giftpulse db upgrade` first")
        yield site
    finally:
        site.close()
