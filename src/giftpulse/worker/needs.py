"""What many machines need that one does not: a database that all of them reach, and a Redis."""

from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import Settings


def redis_of(settings: Settings) -> str:
    """The address of Redis. Raises SettingsError where settings are those of one machine."""
    if settings.is_sqlite:
        raise SettingsError(
            "DATABASE_URL: expected postgresql://user:password@host/name, for workers and beat share one database; "
            "on SQLite, `giftpulse up` runs everything in one process"
        )
    if not settings.redis_url:
        raise SettingsError("REDIS_URL: expected an address such as redis://host:6379/0, where workers hear of work")
    return settings.redis_url
