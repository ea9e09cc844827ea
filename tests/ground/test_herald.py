"""Announcements across processes: heard by the others, not told again, and worth no error when Redis is away."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from giftpulse.ground.bulletin import Bulletin
from giftpulse.ground.herald import Herald, connect
from tests import redis


@contextmanager
def heralded(url: str, *names: str) -> Iterator[list[Bulletin]]:
    """Bulletins of several processes."""
    with ExitStack() as stack:
        bulletins = [Bulletin() for _ in names]
        for name, bulletin in zip(names, bulletins, strict=True):
            herald = Herald(url, bulletin, name)
            herald.start()
            stack.callback(herald.stop)
        client = stack.enter_context(connect(url))
        eventually(lambda: dict(client.pubsub_numsub(*client.pubsub_channels())) and listeners(client) == len(names))
        yield bulletins


def listeners(client: object) -> int:
    """How many listen at present."""
    numbers = client.pubsub_numsub(*client.pubsub_channels())  # type: ignore[attr-defined]  # it has no types
    return sum(number for _, number in numbers)


def eventually(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_what_one_process_announces_the_others_hear(redis_url: str) -> None:
    with heralded(redis_url, "a", "b", "c") as (mine, *others):
        bells = [threading.Event() for _ in others]
        for bulletin, bell in zip(others, bells, strict=True):
            bulletin.listen("logs.changed", bell.set)
        mine.post("logs.changed")
        assert all(bell.wait(5) for bell in bells)


def test_nothing_goes_round_in_circles(redis_url: str) -> None:
    with heralded(redis_url, "a", "b") as (mine, other), connect(redis_url) as client:
        heard: list[str] = []
        mine.listen("logs.changed", lambda: heard.append("mine"))
        other.listen("logs.changed", lambda: heard.append("other"))
        with client.pubsub(ignore_subscribe_messages=True) as all_of_it:
            all_of_it.subscribe("giftpulse:0:announced")
            mine.post("logs.changed")
            eventually(lambda: "other" in heard)
            time.sleep(0.2)
            messages = [all_of_it.get_message(timeout=0.1) for _ in range(5)]
        assert heard == ["mine", "other"]
        assert sum(message is not None for message in messages) == 1


def test_a_burst_is_told_in_a_few_words(redis_url: str) -> None:
    with heralded(redis_url, "a", "b") as (mine, other):
        heard: list[str] = []
        other.listen("logs.changed", lambda: heard.append("logs.changed"))
        for _ in range(500):
            mine.post("logs.changed")
        eventually(lambda: heard)
        time.sleep(0.1)
        assert len(heard) < 50


def test_without_redis_a_commit_is_not_held_up_and_the_outage_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with redis.own() as server:
        url = server.url
    bulletin = Bulletin()
    herald = Herald(url, bulletin, "a")
    with caplog.at_level(logging.INFO, logger="giftpulse.ground.outage"):
        herald.start()
        began = time.monotonic()
        for _ in range(1000):
            bulletin.post("logs.changed")
        assert time.monotonic() - began < 1
        time.sleep(1.5)
        bulletin.post("logs.changed")
        herald.stop()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2, "one that tells and one that listens, once each"
    assert all("Redis does not answer" in each for each in told)


def test_a_redis_that_comes_back_is_heard_of_again() -> None:
    with redis.own() as server, heralded(server.url, "a", "b") as (mine, other):
        bell = threading.Event()
        other.listen("logs.changed", bell.set)
        server.stop()
        mine.post("logs.changed")
        assert not bell.wait(0.5)
        server.start()

        def heard() -> bool:
            mine.post("logs.changed")
            return bell.wait(0.2)

        eventually(heard)


def test_words_of_others_on_the_channel_are_passed_over(redis_url: str) -> None:
    with heralded(redis_url, "a") as (mine,), connect(redis_url) as client:
        bell = threading.Event()
        mine.listen("logs.changed", bell.set)
        for said in ("", "not json", "[1]", '{"by": "b"}', '{"by": "b", "topic": "logs.changed"}'):
            client.publish("giftpulse:0:announced", said)
        assert bell.wait(5)
