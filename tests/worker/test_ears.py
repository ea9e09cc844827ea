"""The ears of a worker: an announcement of any process becomes a message for the rounds that wake on it."""

import threading
import time
from datetime import timedelta
from typing import Any

from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.herald import Herald, connect
from giftpulse.ground.settings import load
from giftpulse.timetable import Round
from giftpulse.worker.ears import Ears
from giftpulse.worker.publish import Publisher


def round_of(name: str, *wakes_on: str, gathers: float = 0.0) -> Round:
    every = lambda _settings: timedelta(hours=1)  # noqa: E731
    return Round(name, "a round for a test", lambda _site: False, every, wakes_on, gathers)


def test_an_announcement_asks_for_the_rounds_that_wake_on_it(redis_url: str) -> None:
    sent: list[tuple[str, float]] = []
    both = threading.Event()

    def send(name: str, **_: Any) -> None:
        sent.append((name, time.monotonic()))
        if len(sent) == 2:
            both.set()

    table = (
        round_of("watch", "logs.changed"),
        round_of("confirm", "logs.changed", gathers=0.3),
        round_of("plan", "people.changed"),
    )
    bulletin = Bulletin()
    with connect(redis_url) as client:
        ears = Ears(redis_url, Publisher(load(_env_file=None), client, send), table)
        herald = Herald(redis_url, bulletin, "a web process")
        ears.start()
        herald.start()
        try:
            deadline = time.monotonic() + 10
            while not sent and time.monotonic() < deadline:  # until the ears are open
                bulletin.post("logs.changed")
                time.sleep(0.05)
            assert both.wait(5)
        finally:
            herald.stop()
            ears.stop()
    assert [name for name, _ in sent] == ["round.watch", "round.confirm"]
    assert sent[1][1] - sent[0][1] > 0.2, "it gathers before it is asked for"
