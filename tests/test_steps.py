"""A step of a round: what goes wrong is told and noted, and ends nobody."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from giftpulse.ground import runs
from giftpulse.ground.errors import GiftPulseError
from giftpulse.ground.site import Site
from giftpulse.steps import Steps
from giftpulse.timetable import Round


def fails(_site: Site, *_: object) -> bool:
    raise ValueError("no way")


def does_a_part(_site: Site) -> bool:
    raise GiftPulseError("one list is refused")


def round_of(run: Callable[[Site], bool]) -> Round:
    return Round("watch", "a round for a test", run, lambda _settings: timedelta(seconds=1))


def stored(site: Site) -> runs.RoundRun:
    with site.database.read() as session:
        return runs.all_runs(session)["watch"]


@pytest.mark.parametrize(
    ("run", "answer", "reason"),
    [
        (lambda _site: True, (True, None), None),
        (lambda _site: False, (False, None), None),
        (fails, (False, "ValueError: no way"), "ValueError: no way"),
        (does_a_part, (False, "one list is refused"), "one list is refused"),
    ],
)
def test_a_step_answers_and_is_noted(
    lite: Site, run: Callable[[Site], bool], answer: tuple[bool, str | None], reason: str | None
) -> None:
    assert Steps(lite).once(round_of(run)) == answer
    assert (stored(lite).last_error, stored(lite).failures) == (reason, int(reason is not None))


def test_a_round_that_stays_says_that_it_is_alive(lite: Site) -> None:
    stop, alive = threading.Event(), threading.Event()

    def serve(_site: Site, until: threading.Event, at_work: Callable[[], None]) -> None:
        at_work()
        assert until is stop

    assert Steps(lite).stay(round_of(fails), serve, stop, alive.set) is None
    assert alive.is_set()
    assert stored(lite).last_error is None


def test_a_round_that_stays_and_fails_says_why(lite: Site) -> None:
    def serve(_site: Site, _until: threading.Event, _at_work: Callable[[], None]) -> None:
        raise ValueError("no way")

    assert Steps(lite).stay(round_of(fails), serve, threading.Event()) == "ValueError: no way"
    assert stored(lite).failures == 1


def test_being_unable_to_note_ends_nobody(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "note", fails)
    assert Steps(lite).once(round_of(lambda _site: True)) == (True, None)
