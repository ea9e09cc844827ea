"""``giftpulse db copy``: a whole installation from one database into another, which is empty. All of it or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from giftpulse import fitting, schema
from giftpulse.cli.console import AsJson, err, out, show_json, show_table
from giftpulse.cli.copied_key import Key, beside, key_for, open_at, place
from giftpulse.cli.database import db, migrate
from giftpulse.ground import clock, transfer
from giftpulse.ground.errors import ConflictError, InvalidInputError, SettingsError
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import Site

ADDRESS = "sqlite:PATH, or an address as DATABASE_URL takes it"
TABLES = tuple(schema.metadata.sorted_tables)
"""Everything that is copied, in an order that keys to other tables allow."""


@db.command("copy")
def copy(
    source: str = typer.Option(..., "--from", help=f"The database to copy: {ADDRESS}"),
    target: str = typer.Option(..., "--to", help=f"The empty one to copy it into: {ADDRESS}. It is migrated"),
    show_key: bool = typer.Option(False, "--show-key", help="Print the SECRET_KEY that the new installation needs"),
    force: bool = typer.Option(False, "--force", help="Copy beside a running service: what it writes later is missing"),
    as_json: AsJson = False,
) -> None:
    """Copy a whole installation into another database, SQLite or Postgres. The service must be stopped."""
    old, new = settings_at(source, "--from"), settings_at(target, "--to")
    if _place(old) == _place(new):
        raise InvalidInputError.at("--to", "is the database that is copied from")
    if (path := old.sqlite_path()) is not None and not path.exists():
        raise InvalidInputError.at("--from", f"there is no file {path}")
    with closing(open_at(old)) as before:
        key = _key_of(before)
        with closing(open_at(new, make=True)) as after:
            make_ready(after, key)
            copied = _copy(before, after, key, force=force)
            url = after.database.engine.url.render_as_string(hide_password=True)
        laid = place(key, new)
    if as_json:
        told = {"tables": copied, "rows": sum(copied.values()), "secret_key": key.where}
        show_json({**told, "key": key.value} if show_key else told)
        return
    show_table(("table", "rows"), [(name, f"{rows:,}") for name, rows in copied.items() if rows], "It was empty.")
    out.print(f"{sum(copied.values()):,} rows were copied; stored secrets open in the new database.")
    out.print(f"Start the service with DATABASE_URL={url}", markup=False)
    out.print(_needs(key, laid), markup=False)
    if show_key:
        out.print(f"SECRET_KEY={key.value}", markup=False)


def settings_at(address: str, option: str) -> Settings:
    """The settings of the environment with this database. Raises SettingsError that names the option."""
    short = address.removeprefix("sqlite:")
    if short != address and not short.startswith("//"):
        address = f"sqlite:///{short}"
    try:
        return load(database_url=address)
    except SettingsError as error:
        raise SettingsError(str(error).replace("DATABASE_URL", option)) from None


def _place(settings: Settings) -> str:
    path = settings.sqlite_path()
    return settings.database_url if path is None else str(path.resolve())


def _key_of(before: Site) -> Key:
    """The key of what is copied. Raises ConflictError unless it is at the newest schema."""
    present, newest = schema.revisions(before.database.engine)
    if present != newest:
        raise ConflictError(
            f"the database to copy is not at the newest schema ({present or 'it is empty'}): set DATABASE_URL to it "
            "and run `giftpulse db upgrade` first"
        )
    return key_for(before)


def make_ready(after: Site, key: Key) -> None:
    """Bring the new database to the newest schema. Raises ConflictError if there is something in it already."""
    path = after.settings.sqlite_path()
    if key.file is not None and path and beside(path).exists() and beside(path).read_text().strip() != key.value:
        raise ConflictError(f"{beside(path)} holds another key than {key.file}: move it away")
    with after.database.read() as session:
        full = transfer.holding(session)
    if full is not None:
        raise ConflictError(f"the database to copy into is not empty ({full} has rows): make a new one")
    migrate(after)


def _copy(before: Site, after: Site, key: Key, *, force: bool) -> dict[str, int]:
    reading = before.database.read() if force else before.database.begin()
    with reading as source, after.database.begin() as target:
        transfer.still(source, TABLES, beside_writers=force)
        if not force and (alive := transfer.life(source, clock.now())):
            raise ConflictError(
                f"a service still works on the database to copy ({alive[0]}): stop it, wait a minute, and try again; "
                "or copy beside it with --force"
            )
        with progress(source) as tell, refusing():
            copied = transfer.copy(source, target, TABLES, tell)
        shut = fitting.what_is_shut(target, key.site(after))
        if shut is not None:
            raise ConflictError(f"the key does not open {shut} in the new database; nothing was kept there")
    return copied


@contextmanager
def refusing() -> Iterator[None]:
    """What the other database does not take is told as a refusal, without the values."""
    try:
        yield
    except (DBAPIError, psycopg.Error, sqlite3.Error) as error:
        said: Any = error.orig if isinstance(error, DBAPIError) else error
        words = said.diag.message_primary if isinstance(said, psycopg.Error) else None
        raise ConflictError(f"the rows cannot be copied: {words or said}; nothing was kept there") from error


@contextmanager
def progress(source: Session) -> Iterator[transfer.Tell]:
    """A bar for each table on a terminal; nothing elsewhere."""
    if not err.is_terminal:
        yield lambda _table, _rows: None
        return
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err) as bars:
        totals = transfer.count(source, TABLES)
        tasks = {name: bars.add_task(name, total=total) for name, total in totals.items() if total}
        yield lambda table, rows: bars.update(tasks[table], completed=rows)


def _needs(key: Key, laid: Path | None) -> str:
    """Which key the new installation has to be started with."""
    if laid is not None:
        return f"Its key is in {laid}. Keep it: without it stored secrets are lost."
    if key.file is not None:
        return (
            f"The new installation needs SECRET_KEY: the text in {key.file} (--show-key prints it). "
            "With another one stored secrets cannot be read, and people who were erased could come back."
        )
    return "The new installation needs the same SECRET_KEY as this one."
