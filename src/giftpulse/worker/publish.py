"""Asking for a round: one message at most waits for each, whoever asks and however often."""

from collections.abc import Callable
from typing import Any

from redis import Redis

from giftpulse.ground.settings import Settings
from giftpulse.queues import queue_of
from giftpulse.timetable import Round
from giftpulse.worker import limits
from giftpulse.worker.marks import Marks

Send = Callable[..., Any]
"""``Celery.send_task``."""


class Publisher:
    """Puts messages for rounds into their queues."""

    def __init__(self, settings: Settings, client: "Redis", send: Send) -> None:
        self._settings, self._client, self._send = settings, client, send
        self._marks = Marks(client)

    def publish(self, each: Round) -> bool:
        """Ask for one run of a round. False if one waits already, or nobody takes from its queue.

        Raises RedisError or Celery's OperationalError when Redis does not answer: the next tick asks again.
        """
        queue = queue_of(each.name)
        if int(self._client.llen(queue)) >= limits.FULL or not self._marks.waits(each.name):
            return False
        expires = limits.expiry(each.every(self._settings))
        # Not tried again when Redis is away: it would hold up the one who asks, for something that is worth little.
        self._send(f"round.{each.name}", queue=queue, expires=expires, retry=False, ignore_result=True)
        return True
