"""What a task does: a step, or a turn that ends by itself or when the worker is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from giftpulse.ground.herald import connect
from giftpulse.ground.site import Site
from giftpulse.steps import Steps
from giftpulse.timetable import Round
from giftpulse.worker import limits, workplace
from giftpulse.worker.marks import Marks
from giftpulse.worker.perform import perform
from giftpulse.worker.workplace import Turn


@pytest.fixture
def marks(redis_url: str) -> Iterator[Marks]:
    with closing(connect(redis_url)) as client:
        yield Marks(client)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TURN", 0.5)
    monkeypatch.setattr(limits, "SHORT_TURN", 0.1)


def round_of(run: Callable[[Site], bool], serve: object = None) -> Round:
    return Round("notify", "a round for a test", run, lambda _settings: timedelta(seconds=1), serve=serve)  # type: ignore[arg-type]


def fails(_site: Site) -> bool:
    raise ValueError("no way")


def test_a_round_that_has_more_is_worth_asking_for_again(lite: Site, marks: Marks) -> None:
    steps = Steps(lite)
    assert perform(round_of(lambda _site: True), steps, marks, "w1", 8)
    assert not perform(round_of(lambda _site: False), steps, marks, "w1", 8)
    assert not perform(round_of(fails), steps, marks, "w1", 8)


def test_what_is_announced_while_a_round_works_is_worth_a_message(lite: Site, marks: Marks) -> None:
    assert marks.waits("notify")
    perform(round_of(lambda _site: marks.waits("notify")), Steps(lite), marks, "w1", 8)
    assert not marks.waits("notify")


@pytest.mark.parametrize(("places", "least", "most"), [(8, 0.25, 2.0), (2, 0.05, 0.25)])
@pytest.mark.usefixtures("short")
def test_a_round_that_stays_gives_its_place_back(
    lite: Site, marks: Marks, places: int, least: float, most: float
) -> None:
    def serve(_site: Site, stop: threading.Event, alive: Callable[[], None]) -> None:
        alive()
        assert perform(each, Steps(lite), marks, "w1", places) is False, "one at a time in a worker"
        assert stop.wait(10)

    each = round_of(fails, serve)
    began = time.monotonic()
    assert not perform(each, Steps(lite), marks, "w1", places)
    assert least <= time.monotonic() - began < most
    assert marks.place("notify", "w1") is not None


@pytest.mark.usefixtures("short")
def test_a_round_that_stays_and_fails_gives_its_place_back_too(lite: Site, marks: Marks) -> None:
    def serve(_site: Site, _stop: threading.Event, _alive: Callable[[], None]) -> None:
        raise ValueError("no way")

    assert not perform(round_of(fails, serve), Steps(lite), marks, "w1", 8)
    assert marks.place("notify", "w1") is not None


def test_a_worker_that_is_told_to_end_ends_its_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with Turn(60) as over:
        monkeypatch.setattr(workplace, "is_leaving", lambda: True)
        assert over.wait(5)
    assert time.monotonic() - began < 5
