"""Announcements across processes: what one commits, the others hear of within milliseconds, over Redis (pub/sub).

Only names of topics travel. They may be lost: a Redis that is down costs the time until the next tick, and nothing
else. Telling never blocks a commit, and what came from Redis is not told again.
"""

import json
import threading
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.outage import Outage

_TOLD_EVERY = 0.01  # seconds: a burst of commits is one announcement
_AFTER_ERROR = 1.0  # seconds
_LISTENS_FOR = 0.5  # seconds until it looks whether it is to stop


def connect(url: str) -> "Redis":
    """A client of the Redis at ``url``, which gives up soon where nobody answers. Connects when it is first used."""
    client: Redis = Redis.from_url(
        url,
        socket_timeout=5,
        socket_connect_timeout=2,
        socket_keepalive=True,
        decode_responses=True,
        retry=Retry(NoBackoff(), 1),  # once, for a connection that was closed meanwhile; its default waits for seconds
    )
    return client


def channel_of(client: "Redis") -> str:
    """Where an installation announces. Redis keeps databases apart by number, but not what is said in them."""
    return f"giftpulse:{client.connection_pool.connection_kwargs.get('db', 0)}:announced"


class Herald:
    """Tells the other processes what is announced in this one, and this one what is announced in the others."""

    def __init__(self, url: str, bulletin: Bulletin, name: str) -> None:
        self._bulletin, self._name = bulletin, name
        self._client = connect(url)
        self._topics: set[str] = set()
        self._news = threading.Event()
        self._stop = threading.Event()
        self._listener = Listener(url, self._heard)
        self._teller = threading.Thread(target=self._tell, name="herald", daemon=True)
        self._leave: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to tell and to listen."""
        self._leave = self._bulletin.relay(self._announced)
        self._listener.start()
        self._teller.start()

    def stop(self) -> None:
        """Tell what is left, and end."""
        self._leave()
        self._stop.set()
        self._news.set()
        self._listener.stop()
        self._teller.join(5)
        self._client.close()

    def _announced(self, topic: str) -> None:
        self._topics.add(topic)
        self._news.set()

    def _heard(self, by: str, topic: str) -> None:
        if by != self._name:
            self._bulletin.hear(topic)

    def _tell(self) -> None:
        outage = Outage("Redis", "other processes hear of work at their next tick only")
        channel = channel_of(self._client)
        while not (self._stop.is_set() and not self._topics):
            self._news.wait()
            self._news.clear()
            try:
                while self._topics:
                    # Taken before it is told: what is announced once more meanwhile is told once more.
                    self._client.publish(channel, json.dumps({"by": self._name, "topic": self._topics.pop()}))
                outage.is_over()
                self._stop.wait(_TOLD_EVERY)
            except RedisError as error:
                outage.goes_on(error)
                self._stop.wait(_AFTER_ERROR)


class Listener:
    """Calls ``heard(by, topic)`` for everything that any process announces, in a thread of its own."""

    def __init__(self, url: str, heard: Callable[[str, str], None]) -> None:
        self._client: Any = connect(url)  # its pub/sub has no types
        self._heard = heard
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End, within a second."""
        self._stop.set()
        self._thread.join(5)
        self._client.close()

    def _run(self) -> None:
        outage = Outage("Redis", "work that other processes announce waits for the next tick")
        while not self._stop.is_set():
            try:
                self._listen(outage)
            except RedisError as error:
                outage.goes_on(error)
                self._stop.wait(_AFTER_ERROR)

    def _listen(self, outage: Outage) -> None:
        with self._client.pubsub(ignore_subscribe_messages=True) as subscribed:
            subscribed.subscribe(channel_of(self._client))
            while not self._stop.is_set():
                message = subscribed.get_message(timeout=_LISTENS_FOR)
                outage.is_over()
                if message is not None:
                    self._take(message["data"])

    def _take(self, data: Any) -> None:
        try:
            said = json.loads(data)
            by, topic = str(said["by"]), str(said["topic"])
        except (ValueError, TypeError, KeyError):
            return  # somebody else uses our channel: it says nothing to us
        self._heard(by, topic)
