"""One installation: its settings, database, keys and announcements. Made once at the edge and handed down."""

import os
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from giftpulse.ground import journal, kept_keys
from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.database import Database
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.secrets import SecretBox, key_beside, key_file
from giftpulse.ground.settings import Settings


@dataclass(frozen=True)
class Site:
    """Everything a round or a request needs. ``holder`` names this process in leases."""

    settings: Settings
    database: Database
    box: SecretBox
    bulletin: Bulletin
    holder: str

    def close(self) -> None:
        """Give the database connections back."""
        self.database.close()


def open_site(settings: Settings) -> Site:
    """Open an installation. Raises :class:`SettingsError` when the settings do not suffice."""
    journal.hide(*_secrets_of(settings), *settings.previous_keys(), *settings.otlp_headers().values())
    bulletin = Bulletin()
    database = Database(settings.database_url, pool_size=settings.database_pool_size, bulletin=bulletin)
    try:
        key = _secret_key(settings, database)
    except SettingsError:
        database.close()
        raise
    box = SecretBox(key, *settings.previous_keys(), kept=partial(kept_keys.digest_key_in, database))
    return Site(settings, database, box, bulletin, f"{os.getpid()}-{secrets.token_hex(4)}")


def _secret_key(settings: Settings, database: Database) -> str:
    if settings.secret_key and settings.secret_key.get_secret_value():
        return settings.secret_key.get_secret_value()
    path = settings.sqlite_path()
    if path is None:
        raise SettingsError(
            "SECRET_KEY: expected a long random text (it encrypts stored secrets), the same for every process"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # numbers and texts are in it: for its owner's eyes, as the key
        _refuse_a_second_key(path, database)
        return key_beside(path)
    except OSError as error:
        raise SettingsError(f"DATABASE_URL: expected a place that can be written to ({error})") from error


def _refuse_a_second_key(path: Path, database: Database) -> None:
    """A new key would open nothing of what is stored, and would stand where the old one is looked for."""
    file = key_file(path)
    if not file.exists() and path.stat().st_size and kept_keys.is_kept(database):
        raise SettingsError(
            f"SECRET_KEY: the file {file} is missing, which holds the key of this database: put it back. If it is "
            "lost, write a new long random text into it, and run `giftpulse keys renew --yes`"
        )


def _secrets_of(settings: Settings) -> list[str]:
    values = (getattr(settings, name) for name in Settings.model_fields)
    return [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]
