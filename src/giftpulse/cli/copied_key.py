"""The key that goes along with a database that is copied: that of the environment, or the one in the file beside it."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from giftpulse import fitting
from giftpulse.ground import journal
from giftpulse.ground.database import Database
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.secrets import SecretBox, key_file
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import Site

_LOST = (
    "; if it is lost: copy the file, run `giftpulse keys renew --yes` with DATABASE_URL=sqlite:THE_COPY and a new "
    "SECRET_KEY, and restore the copy with that"
)
_NONE_YET = "no key is known yet, and nothing is locked with this one"


@dataclass(frozen=True)
class Key:
    """The key of an installation. ``file``: where it was found, if not in the environment. ``previous``: those before
    it, where it is being rotated."""

    value: str
    file: Path | None
    previous: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """Where it stands, fit to be shown."""
        return "SECRET_KEY" if self.file is None else str(self.file)

    def site(self, site: Site) -> Site:
        """An installation with this key."""
        return replace(site, box=SecretBox(self.value, *self.previous))


def open_at(settings: Settings, *, make: bool = False) -> Site:
    """A database whose key has still to be found; none is made beside it. ``make``: a SQLite file may be new."""
    path = settings.sqlite_path()
    if make and path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # as at a first start: numbers and texts are for its owner's eyes
        except OSError as error:
            raise SettingsError(f"{path} cannot be written to ({error.strerror})") from error
    journal.hide(settings.secret_key.get_secret_value() if settings.secret_key else None)
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    return Site(settings, database, SecretBox(_NONE_YET), database.bulletin, "copy")


def key_for(site: Site) -> Key:
    """The key that fits what is stored. Raises SettingsError if there is none."""
    known = _candidates(site.settings)
    if not known:
        raise SettingsError("SECRET_KEY: expected the key of the database to copy")
    return _fitting(site, known, "the database to copy", "; if it is lost, see `giftpulse keys renew`")


def key_for_restored(backup: Site, settings: Settings) -> Key:
    """The key that fits a backup, among those of the installation that it is put into. Raises SettingsError if there is
    none, unless the backup needs none yet."""
    known, path = _candidates(settings), settings.sqlite_path()
    if known:
        return _fitting(backup, known, "this backup", _LOST)
    with backup.database.read() as session:
        shut = fitting.what_is_shut(session, backup)
    if shut is None:
        return Key(_NONE_YET, None)
    or_file = f", or its key file at {key_file(path)}" if path else ""
    raise SettingsError(f"SECRET_KEY: expected the key of this backup{or_file}: it is needed for {shut}{_LOST}")


def _fitting(site: Site, known: list[Key], what: str, if_lost: str) -> Key:
    shut: str | None = None
    with site.database.read() as session:
        for key in known:
            journal.hide(key.value, *key.previous)
            shut = fitting.what_is_shut(session, key.site(site))
            if shut is None:
                return key
    where = [key.where for key in known]
    fits_not = f"{where[0]} does not fit" if len(where) == 1 else f"neither {' nor '.join(where)} fits"
    raise SettingsError(
        f"SECRET_KEY: expected the key of {what}; {fits_not} {shut}. If it was changed since, set the one of that time "
        f"as SECRET_KEY_PREVIOUS{if_lost}"
    )


def place(key: Key, settings: Settings) -> Path | None:
    """Lay the key of a file beside a SQLite database too, for its owner's eyes. Answers where, if that was needed."""
    path = settings.sqlite_path()
    if key.file is None or path is None:
        return None
    laid = key_file(path)
    if not laid.exists():
        with os.fdopen(os.open(laid, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.value + "\n")
    return laid


def _candidates(settings: Settings) -> list[Key]:
    """That of the environment first, as for the service itself; but it may speak of the new installation already."""
    found: list[Key] = []
    if settings.secret_key and settings.secret_key.get_secret_value():
        found.append(Key(settings.secret_key.get_secret_value(), None, settings.previous_keys()))
    path = settings.sqlite_path()
    if path is not None and key_file(path).exists():
        found.append(Key(key_file(path).read_text().strip(), key_file(path), settings.previous_keys()))
    return found
