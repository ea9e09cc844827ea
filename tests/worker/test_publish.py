"""Asking for rounds: one message at most waits for each, and none piles up where nobody takes them."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from giftpulse.ground.herald import connect
from giftpulse.ground.settings import load
from giftpulse.timetable import find
from giftpulse.worker import limits
from giftpulse.worker.marks import Marks
from giftpulse.worker.publish import Publisher
from tests import redis


class Sent:
    """Takes messages in Celery's place."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, name: str, **options: Any) -> None:
        self.messages.append((name, options))


@pytest.fixture
def client(redis_url: str) -> Iterator["Redis"]:
    with connect(redis_url) as made:
        yield made


def test_a_round_is_asked_for_once_until_it_begins(client: "Redis") -> None:
    sent = Sent()
    publisher = Publisher(load(_env_file=None), client, sent)
    assert publisher.publish(find("watch"))
    assert not publisher.publish(find("watch"))
    assert publisher.publish(find("resolve"))
    Marks(client).begins("watch")
    assert publisher.publish(find("watch"))
    assert [name for name, _ in sent.messages] == ["round.watch", "round.resolve", "round.watch"]


def test_a_message_says_where_it_goes_and_until_when_it_is_good(client: "Redis") -> None:
    sent = Sent()
    Publisher(load(_env_file=None), client, sent).publish(find("pull"))
    ((_, options),) = sent.messages
    assert (options["queue"], options["expires"]) == ("twilio", 300)


def test_a_mark_whose_message_was_lost_is_forgotten(client: "Redis") -> None:
    Marks(client).waits("watch")
    assert 0 < int(client.ttl("giftpulse:waiting:watch")) <= limits.WAITING


def test_nothing_piles_up_where_nobody_takes(client: "Redis") -> None:
    sent = Sent()
    publisher = Publisher(load(_env_file=None), client, sent)
    client.rpush("urgent", *range(limits.FULL))
    assert not publisher.publish(find("watch"))
    client.ltrim("urgent", 1, -1)
    assert publisher.publish(find("watch"))


def test_without_redis_asking_raises_and_working_goes_on() -> None:
    with redis.own() as server:
        url = server.url
    with connect(url) as gone:
        with pytest.raises(RedisError):
            Publisher(load(_env_file=None), gone, Sent()).publish(find("watch"))
        marks = Marks(gone)
        marks.begins("watch")
        place = marks.place("notify", "w1")
        assert place is not None
        place.leave()


def test_a_worker_has_one_place_for_a_round_that_stays(client: "Redis") -> None:
    marks = Marks(client)
    place = marks.place("send", "w1")
    assert place is not None
    assert marks.place("send", "w1") is None
    assert marks.place("send", "w2") is not None
    assert marks.place("notify", "w1") is not None
    place.leave()
    assert marks.place("send", "w1") is not None
