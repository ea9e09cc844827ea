"""Tells from the database that a worker is there, and from which queues it takes, also while it has nothing to do."""

from collections.abc import Iterable

from giftpulse.ground.presence import Presence
from giftpulse.ground.settings import Settings
from giftpulse.ground.site import open_site
from giftpulse.queues import taker


class Seen:
    """The trace of a worker, kept by its main process. The processes that run its rounds leave their own."""

    def __init__(self, settings: Settings, queues: Iterable[str]) -> None:
        self._site = open_site(settings.model_copy(update={"database_pool_size": 1}))
        self._presence = Presence(self._site, taker(queues))

    def start(self) -> None:
        """Be known from now on."""
        self._presence.start()

    def stop(self) -> None:
        """Be gone."""
        self._presence.stop()
        self._site.close()
