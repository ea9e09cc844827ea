"""What notes may take of a sender's pace: in the long run no more than there is, and questions no more than half."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.outbox.note_pace import AHEAD, Room
from tests import make

NOW = make.NOON


def test_an_answer_overtakes_what_has_just_gone_and_the_pace_remembers_it() -> None:
    room = Room(NOW + timedelta(seconds=1), NOW, 1)
    assert room.take(1, question=False)
    assert room.free_at == NOW + timedelta(seconds=2)
    assert not room.take(1, question=False)
    assert room.again_at == NOW + timedelta(seconds=1)


def test_questions_take_half_of_a_second_and_then_leave_it_to_others() -> None:
    room = Room(NOW, NOW, 10)
    assert [room.take(1, question=True) for _ in range(6)] == [True] * 5 + [False]
    assert room.take(5, question=False), "an answer still finds room"
    assert room.questions_at >= NOW + timedelta(seconds=1)


def test_a_slow_sender_asks_every_other_time() -> None:
    room = Room(NOW, NOW, 0.5)
    assert room.take(1, question=True)
    assert not room.take(1, question=True)
    assert room.questions_at == NOW + timedelta(seconds=4)


def test_a_long_text_goes_alone() -> None:
    room = Room(NOW, NOW, 1)
    assert room.take(3, question=False)
    assert not room.take(1, question=False)
    assert room.free_at == NOW + timedelta(seconds=3)


def test_nothing_taken_moves_nothing() -> None:
    busy = NOW + timedelta(seconds=7)
    room = Room(busy, NOW, 1)
    assert not room.take(1, question=False)
    assert (room.free_at, room.again_at, room.questions_at) == (busy, busy - AHEAD, busy - AHEAD)


@given(st.floats(0.1, 2000), st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=60))
def test_over_time_the_pace_holds_and_whoever_waits_goes(per_second: float, wanted: list[tuple[int, bool]]) -> None:
    now, free_at, waiting, sent = NOW, NOW, list(wanted), 0
    for _ in range(400):
        room = Room(free_at, now, per_second)
        waiting = [(size, question) for size, question in waiting if not room.take(size, question=question)]
        free_at = room.free_at
        sent = sum(size for size, _ in wanted) - sum(size for size, _ in waiting)
        if not waiting:
            break
        assert room.again_at > now
        now = room.questions_at if all(question for _, question in waiting) else room.again_at
    assert not waiting
    most = per_second * ((now - NOW).total_seconds() + 1 + AHEAD.total_seconds()) + 4
    assert sent <= most + 1e-6
