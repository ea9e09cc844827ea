"""``giftpulse db copy``: a whole installation from one database into another, which is empty. All of it or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from giftpulse import fitting, schema
from giftpulse.cli.console import AsJson, err, opened, out, show_json, show_table
from giftpulse.cli.copied_key import Key, key_for, open_at, place
from giftpulse.cli.database import db, migrate
from giftpulse.daily.copied import HeldBack, hold_back
from giftpulse.ground import clock, snapshot, transfer
from giftpulse.ground.errors import ConflictError, InvalidInputError, SettingsError
from giftpulse.ground.lock import Lease
from giftpulse.ground.logins import shown
from giftpulse.ground.secrets import key_file
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import Site

ADDRESS = "sqlite:PATH, or an address as DATABASE_URL takes it"
TABLES = tuple(schema.metadata.sorted_tables)
"""Everything that is copied, in an order that keys to other tables allow."""

OTHER_MEANS = "a copy of another database: what went out after it was made would go out again"
HELD = "copied beside a service that went on: what it sent since would go out again"


@dataclass(frozen=True, slots=True)
class Poured:
    """What came into the new database: rows of each table, leases that were left out, and what is not sent there."""

    tables: dict[str, int]
    leases: int
    held: HeldBack

    @property
    def rows(self) -> int:
        """Over all tables."""
        return sum(self.tables.values())

    def facts(self) -> dict[str, int | bool]:
        """The same for JSON, without the tables."""
        held = self.held
        return {"rows": self.rows, "leases_freed": self.leases, "texts_held": held.held,
                "texts_skipped": held.texts, "notes_skipped": held.notes}  # fmt: skip


@db.command("copy")
def copy(
    source: str = typer.Option(..., "--from", help=f"The database to copy: {ADDRESS}"),
    target: str = typer.Option(..., "--to", help=f"The empty one to copy it into: {ADDRESS}. It is migrated"),
    show_key: bool = typer.Option(False, "--show-key", help="Print the SECRET_KEY that the new installation needs"),
    force: bool = typer.Option(False, "--force", help="Copy beside a running service: what it writes later is missing"),
    as_json: AsJson = False,
) -> None:
    """Copy a whole installation into another database, SQLite or Postgres. The service must be stopped; or, beside it
    (--force), texts of the copy are held until a program is resumed."""
    old, new = settings_at(source, "--from"), settings_at(target, "--to")
    if _is_same(old, new):
        raise InvalidInputError.at("--to", "is the database that is copied from")
    if (path := old.sqlite_path()) is not None and not path.exists():
        raise InvalidInputError.at("--from", f"there is no file {path}")
    with closing(open_at(old)) as before:
        key = _key_of(before)
        with closing(open_at(new, make=True)) as after:
            make_ready(after, key)
            copied = _copy(before, after, key, force=force)
            url = shown(after.database.engine.url)
        laid = place(key, new)
    if as_json:
        told = {"tables": copied.tables, "secret_key": key.where, **copied.facts()}
        show_json({**told, "key": key.value} if show_key else told)
        return
    rows = [(name, f"{number:,}") for name, number in copied.tables.items() if number]
    show_table(("table", "rows"), rows, "It was empty.")
    out.print(f"{copied.rows:,} rows were copied; stored secrets open in the new database.")
    tell_held(copied.held, "the old service goes on")
    out.print(f"Start the service with DATABASE_URL={url}", markup=False)
    out.print(_needs(key, laid), markup=False)
    if show_key:
        out.print(f"SECRET_KEY={key.value}", markup=False)


@db.command("copied")
def copied(as_json: AsJson = False) -> None:
    """Say that this database is a copy that was made by other means (pg_dump, a snapshot), before a service is started
    on it: texts are held until a program is resumed, as after `restore`."""
    with opened() as site, site.database.begin() as session:
        held = hold_back(session, OTHER_MEANS, clock.now())
    if as_json:
        show_json({"texts_held": held.held, "texts_skipped": held.texts, "notes_skipped": held.notes})
    elif held.held:
        tell_held(held, "this is a copy")
    else:
        out.print("There is no program, so that there is nothing to hold.")


def settings_at(address: str, option: str) -> Settings:
    """The settings of the environment with this database. Raises SettingsError that names the option."""
    try:
        return load(database_url=address)
    except SettingsError as error:
        raise SettingsError(str(error).replace("DATABASE_URL", option)) from None


def _is_same(old: Settings, new: Settings) -> bool:
    """Whether one is the other, or (SQLite) one of the files that belong to it."""
    path, target = old.sqlite_path(), new.sqlite_path()
    if path is None or target is None:
        return old.database_url == new.database_url
    return snapshot.is_one_of(target, (*snapshot.files_of(path), key_file(path)))


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
    if key.file is not None and path and key_file(path).exists() and key_file(path).read_text().strip() != key.value:
        raise ConflictError(f"{key_file(path)} holds another key than {key.file}: move it away")
    with after.database.read() as session:
        full = transfer.holding(session)
    if full is not None:
        raise ConflictError(f"the database to copy into is not empty ({full} has rows): make a new one")
    migrate(after)


def _copy(before: Site, after: Site, key: Key, *, force: bool) -> Poured:
    reading = before.database.read() if force else before.database.begin()
    with reading as source, after.database.begin() as target:
        transfer.still(source, TABLES, beside_writers=force)
        if not force and (alive := transfer.life(source, clock.now())):
            raise ConflictError(
                f"a service still works on the database to copy ({alive[0]}): stop it, wait a minute, and try again; "
                "or copy beside it with --force"
            )
        # Where the service has ended, nothing was sent since, and the new one goes on where it was.
        return pour(source, target, key.site(after), HELD if force else None)


def pour(source: Session, target: Session, after: Site, held: str | None) -> Poured:
    """All rows go over, but for leases: their holders do not work on this database. ``held``: why the copy must not
    send at once. Raises ConflictError, also when the key of ``after`` does not open what has come."""
    with progress(source) as tell, refusing():
        tables = transfer.copy(source, target, TABLES, tell)
    shut = fitting.what_is_shut(target, after)
    if shut is not None:
        raise ConflictError(f"the key does not open {shut} in the new database; nothing was kept there")
    target.execute(delete(Lease))
    freed = tables.pop(Lease.__tablename__)
    return Poured(tables, freed, HeldBack() if held is None else hold_back(target, held, clock.now()))


def tell_held(held: HeldBack, why: str) -> None:
    """What a copy does not send, and how it begins to."""
    if not held.held:
        return
    out.print(
        f"No text goes out from here: {why}. {held.texts:,} texts and {held.notes:,} notes that were due are skipped, "
        "for the old service may have sent them; so is what becomes due until you resume. When the old service has "
        "surely ended: `POST /api/programs/{program_id}/resume`.",
        markup=False,
    )


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
