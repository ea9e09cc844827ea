"""A SQLite database as one file: taken in one consistent state beside those who write, put where it belongs whole.

``sqlite3_backup`` copies pages; within a reading transaction of ours they are all of one state, and in WAL mode a
reader stops no writer (https://www.sqlite.org/backup.html, https://www.sqlite.org/isolation.html).
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from giftpulse.ground.errors import ConflictError, InvalidInputError

_PAGES = 1000  # at once; whoever waits for the progress sees it move
_PATIENCE = 30.0  # seconds, for a lock
_BESIDE = ("-wal", "-shm", "-journal")

Pages = Callable[[int, int], None]
"""Told now and then: how many pages were copied, and of how many."""


def files_of(database: Path) -> list[Path]:
    """A database and what SQLite keeps beside it, whether that is there now or not."""
    real = Path(os.path.realpath(database))  # where a name leads elsewhere, its log lies there
    return [database, *(real.with_name(real.name + end) for end in _BESIDE)]


def is_one_of(path: Path, files: Iterable[Path]) -> bool:
    """Whether a path is one of these files, under this name or another (links of both kinds)."""
    return any(_is_same(path, each) for each in files)


def _is_same(one: Path, other: Path) -> bool:
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return one.exists() and other.exists() and one.samefile(other)


def address(path: Path) -> str:
    """The address of a SQLite file. In an address ``?`` and ``%`` have a meaning, and in names of files none."""
    return URL.create("sqlite", database=str(path.absolute())).render_as_string()


def take(source: Path, target: Path, tell: Pages = lambda _done, _total: None) -> None:
    """Copy the database as it is now into a file that is there and empty. Nobody waits, whoever writes meanwhile."""
    with closing(_open(source)) as reading, closing(_open(target)) as writing:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on this state is what we see
        reading.backup(writing, pages=_PAGES, progress=lambda _status, left, total: tell(total - left, total))
        reading.execute("ROLLBACK")
        close_up(writing)


def close_up(connection: sqlite3.Connection) -> None:
    """Make of a database and its log beside it the one file."""
    connection.execute("PRAGMA journal_mode=DELETE").fetchone()


def damage(path: Path) -> str | None:
    """What is wrong with a database file, in the words of SQLite; None if it is whole."""
    try:
        with closing(_open(path)) as connection:
            said: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    if said != "ok":
        return said
    return None if broken is None else f"a row of {broken[0]} misses its {broken[2]}"


@contextmanager
def laid_down(path: Path, *, replace: bool) -> Iterator[Path]:
    """A new empty file beside this one, for its owner's eyes; once the block is through, it is there under its name,
    and on the disk. Raises InvalidInputError if that cannot be, or if there is a file and it may not be replaced."""
    if path.exists() and not (replace and path.is_file()):
        raise InvalidInputError.at("FILE", f"{path} is there already (--force replaces a file)")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise InvalidInputError.at("FILE", f"{path} cannot be written ({error.strerror})") from error
    try:
        yield part
        _to_disk(part)
        if not replace and path.exists():
            raise ConflictError(f"{path} was made by somebody else meanwhile")
        part.replace(path)
        _to_disk(path.parent)
    finally:
        for left in files_of(part):
            left.unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
