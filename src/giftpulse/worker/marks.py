"""Small marks in Redis that keep messages from piling up. Each may be lost: then something is done once more."""

import time

from redis import Redis
from redis.exceptions import RedisError

from giftpulse.ground.outage import Outage
from giftpulse.worker import limits


class Marks:
    """The marks of all rounds. Where Redis does not answer, the work goes on without them."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._outage = Outage("Redis", "messages may come twice")

    def waits(self, name: str) -> bool:
        """Mark that a message for a round waits. False if one waits already. Raises RedisError."""
        return bool(self._client.set(_waiting(name), "1", nx=True, ex=limits.WAITING))

    def begins(self, name: str) -> None:
        """The round begins to look for work: what is announced from now on is worth a message again."""
        try:
            self._client.delete(_waiting(name))
            self._outage.is_over()
        except RedisError as error:
            self._outage.goes_on(error)

    def place(self, name: str, worker: str) -> "Place | None":
        """Take the one place that a worker has for a round that stays. None while it is taken."""
        place = Place(self._client, f"giftpulse:serving:{name}:{worker}", self._outage)
        return place if place.take() else None


class Place:
    """A place that a round holds as long as it says that it is alive."""

    def __init__(self, client: "Redis", key: str, outage: Outage) -> None:
        self._client, self._key, self._outage = client, key, outage
        self._said_at = time.monotonic()

    def take(self) -> bool:
        """Whether it was free."""
        try:
            return bool(self._client.set(self._key, "1", nx=True, ex=limits.SERVING))
        except RedisError as error:
            self._outage.goes_on(error)
            return True

    def alive(self) -> None:
        """Keep it."""
        if time.monotonic() - self._said_at < 1.0:
            return
        self._said_at = time.monotonic()
        try:
            self._client.set(self._key, "1", ex=limits.SERVING)
        except RedisError as error:
            self._outage.goes_on(error)

    def leave(self) -> None:
        """Give it back."""
        try:
            self._client.delete(self._key)
        except RedisError as error:
            self._outage.goes_on(error)


def _waiting(name: str) -> str:
    return f"giftpulse:waiting:{name}"
