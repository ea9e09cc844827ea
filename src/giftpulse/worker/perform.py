"""What a task does: one step of a round, or one turn of a round that stays."""

from collections.abc import Callable

from giftpulse.steps import Steps
from giftpulse.timetable import Round, Serve
from giftpulse.worker import limits
from giftpulse.worker.marks import Marks
from giftpulse.worker.workplace import Turn


def perform(each: Round, steps: Steps, marks: Marks, worker: str, places: int) -> bool:
    """Run a round once. Answers whether more is waiting, so that it is worth to ask for it again at once."""
    if each.serve is not None:
        _stay(each, each.serve, steps, marks, worker, places)
        return False
    marks.begins(each.name)
    more, error = steps.once(each)
    return more and error is None


def _stay(each: Round, serve: Serve, steps: Steps, marks: Marks, worker: str, places: int) -> None:
    place = marks.place(each.name, worker)
    if place is None:
        return  # it is at work here, and hears by itself; the mark stays, so that no message follows on this one
    marks.begins(each.name)
    seconds = limits.TURN if places >= limits.FEW_PLACES else limits.SHORT_TURN
    alive: Callable[[], None] = place.alive
    try:
        with Turn(seconds) as over:
            steps.stay(each, serve, over, alive)
    finally:
        place.leave()
