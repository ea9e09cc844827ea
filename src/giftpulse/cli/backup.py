"""``giftpulse backup`` and ``giftpulse restore``: an installation as one file, and the way back into a database."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy import inspect

from giftpulse import schema
from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, err, out, show_json
from giftpulse.cli.copied_key import Key, key_for_restored, open_at
from giftpulse.cli.database import migrate
from giftpulse.cli.database_copy import (
    ADDRESS,
    TABLES,
    Poured,
    make_ready,
    pour,
    progress,
    refusing,
    settings_at,
    tell_held,
)
from giftpulse.daily.copied import mark
from giftpulse.daily.programs.models import Hold
from giftpulse.ground import clock, snapshot, transfer
from giftpulse.ground.errors import ConflictError, InvalidInputError
from giftpulse.ground.logins import shown
from giftpulse.ground.secrets import key_file
from giftpulse.ground.settings import Settings, load
from giftpulse.ground.site import Site

HELD = "restored from a backup: texts that went out after it was made would go out again"


@app.command()
def backup(
    file: Path = typer.Argument(metavar="FILE", help="The file to write"),
    force: bool = typer.Option(False, "--force", help="Replace FILE if it is there"),
    as_json: AsJson = False,
) -> None:
    """Write the whole database into one file, as it is now, beside a running service. SECRET_KEY is not in it."""
    settings = load()
    path = settings.sqlite_path()
    if settings.is_sqlite and (path is None or not path.exists()):
        raise InvalidInputError.at("DATABASE_URL", f"there is no file {path}")
    if path is not None and snapshot.is_one_of(file, (*snapshot.files_of(path), key_file(path))):
        raise InvalidInputError.at("FILE", f"{file} belongs to the database itself ({path}): choose another name")
    with closing(open_at(settings)) as site, snapshot.laid_down(file, replace=force) as part:
        revision = _revision(site)
        if path is not None:
            with _pages() as tell:
                snapshot.take(path, part, tell)
        else:
            _write_rows(site, part)
        if (wrong := snapshot.damage(part)) is not None:
            raise ConflictError(f"the database is damaged, and the backup with it, which was not kept: {wrong}")
        _hold_texts(part, revision)
    where = _where_the_key_is(settings)
    told = {"file": str(file), "bytes": file.stat().st_size, "revision": revision, "secret_key": where}
    if as_json:
        show_json(told)
        return
    out.print(f"{file}: {told['bytes']:,} bytes, schema {revision}, whole.", markup=False)
    out.print(f"The key is not in it: keep {where} too, at another place. Without it stored secrets are lost.")


@app.command()
def restore(
    file: Path = typer.Argument(metavar="FILE", help="A file that `giftpulse backup` wrote"),
    into: str | None = typer.Option(None, "--into", help=f"The empty database, instead of DATABASE_URL: {ADDRESS}"),
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty database, at the newest schema. Texts are held until a program is resumed; what is due
    by then is skipped, for it may have gone before."""
    settings = settings_at(into, "--into") if into else load()
    with _unpacked(file) as (old, revision):
        key = key_for_restored(old, settings)
        with closing(open_at(settings, make=True)) as new:
            make_ready(new, key)
            put = _fill(old, new, key)
            newest = schema.revisions(new.database.engine)[0]
            url = shown(new.database.engine.url)
    if as_json:
        show_json({"database": url, "revision": newest, "of_revision": revision, **put.facts()})
        return
    out.print(f"{put.rows:,} rows are in {url}; stored secrets open with the key at hand.", markup=False)
    if revision != newest:
        out.print(f"The backup's schema was {revision}; it is {newest} now.")
    tell_held(put.held, "this is a backup that was restored")


def _revision(site: Site) -> str:
    present, newest = schema.revisions(site.database.engine)
    if present is None:
        raise ConflictError("the database is empty: there is nothing to back up")
    if present != newest and not site.database.is_sqlite:
        raise ConflictError(
            f"the database is at the schema {present}, and this GiftPulse writes {newest}: make the backup with the "
            "version that runs on it, before the upgrade; or upgrade first"
        )
    return present


def _write_rows(site: Site, part: Path) -> None:
    """Postgres: all rows of one snapshot, which holds up nobody, into a SQLite file."""
    with closing(open_at(load(database_url=snapshot.address(part)))) as into:
        schema.upgrade(into.database.engine)
        with site.database.read() as source, into.database.begin() as target:
            transfer.still(source, TABLES, beside_writers=True)
            with progress(source) as tell, refusing():
                transfer.copy(source, target, TABLES, tell)


def _hold_texts(part: Path, revision: str) -> None:
    """A service that is started on the file itself sends nothing until it is resumed, as after a restore."""
    with closing(open_at(load(database_url=snapshot.address(part)))) as site:
        written, _ = schema.revisions(site.database.engine)
        if written != revision:
            raise ConflictError(f"what was written is at the schema {written} and not {revision}: it was not kept")
        if inspect(site.database.engine).has_table(Hold.__tablename__):  # not before there were programs
            with site.database.begin() as session:
                mark(session, clock.now())
    with closing(sqlite3.connect(part)) as connection:
        snapshot.close_up(connection)


@contextmanager
def _unpacked(file: Path) -> Iterator[tuple[Site, str]]:
    """A backup as a database of its own, brought to the newest schema; and the revision that it had."""
    if not file.is_file():
        raise InvalidInputError.at("FILE", f"there is no file {file}")
    with tempfile.TemporaryDirectory(
        prefix="giftpulse-restore-"
    ) as folder:  # for its owner's eyes, as mkdtemp makes it
        copied = Path(folder) / "backup.db"
        try:
            snapshot.take(file, copied)
        except sqlite3.DatabaseError as error:
            raise InvalidInputError.at("FILE", f"{file} is no backup of GiftPulse ({error})") from error
        if (wrong := snapshot.damage(copied)) is not None:
            raise InvalidInputError.at("FILE", f"{file} is damaged: {wrong}")
        with closing(open_at(load(database_url=snapshot.address(copied)))) as site:
            revision, _ = schema.revisions(site.database.engine)
            if revision is None:
                raise InvalidInputError.at("FILE", f"{file} is no backup of GiftPulse")
            migrate(site)
            yield site, revision


def _fill(old: Site, new: Site, key: Key) -> Poured:
    with old.database.read() as source, new.database.begin() as target:
        return pour(source, target, key.site(new), HELD)


def _where_the_key_is(settings: Settings) -> str:
    path = settings.sqlite_path()
    if path is None or (settings.secret_key and settings.secret_key.get_secret_value()):
        return "SECRET_KEY"
    return str(key_file(path))


@contextmanager
def _pages() -> Iterator[snapshot.Pages]:
    """A bar on a terminal; nothing elsewhere."""
    if not err.is_terminal:
        yield lambda _done, _total: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=err) as bars:
        task = bars.add_task("pages")
        yield lambda done, total: bars.update(task, completed=done, total=total)
