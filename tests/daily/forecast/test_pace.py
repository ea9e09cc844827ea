"""A sender at its pace: queues, gaps, and what comes too late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.forecast.pace import Load, run

QUARTER = 900


def load(quarter: int, seconds: float, deadline: int = 10**9, texts: int = 100) -> Load:
    return Load(quarter * QUARTER, quarter * QUARTER + QUARTER, deadline, seconds, texts)


def test_no_texts_never_finish() -> None:
    done = run([])
    assert (done.finish, done.late) == (None, 0)


def test_a_fast_sender_ends_with_the_last_text() -> None:
    done = run([load(0, 10), load(1, 10)])
    assert (done.finish, done.late, done.longest) == (2 * QUARTER, 0, 0)
    assert run([Load(500, 500, 600, 2, 1)]).finish == 500, "what fits into its minute waits for nobody"


def test_what_is_too_much_for_its_quarter_is_done_in_the_next() -> None:
    done = run([load(0, 1500)])
    assert done.finish == pytest.approx(1500)
    assert done.late == 0
    assert done.longest == pytest.approx(600)
    assert run([load(0, 1500), load(1, 600)]).finish == pytest.approx(2100)


def test_a_gap_lets_the_sender_catch_up() -> None:
    assert run([load(0, 1500), load(4, 600)]).finish == 5 * QUARTER
    assert run([load(0, 9000), load(4, 600)]).finish == pytest.approx(9600)


def test_what_is_late_is_lost_and_takes_no_time() -> None:
    done = run([load(0, 1800, deadline=QUARTER)])
    assert done.late == 50  # a pace of half of what is needed
    assert done.finish == pytest.approx(QUARTER)
    assert run([load(0, 1800, deadline=0)]).late == 100


def test_the_last_ones_of_a_crowd_are_lost_and_those_of_later_windows_are_not() -> None:
    done = run([load(0, 1800, deadline=QUARTER), load(1, 900, deadline=2 * QUARTER)])
    assert done.late == 50


def test_a_load_that_ends_before_its_deadline_is_never_late() -> None:
    assert run([Load(0, 780, 840, 3.0, 100)]).late == 0  # the last two minutes of a window are left free


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 3000), st.integers(0, 40 * QUARTER)), max_size=30))
def test_nothing_ends_before_it_could_and_no_more_is_lost_than_there_is(loads: list[tuple[int, float, int]]) -> None:
    made = [load(quarter, seconds, deadline) for quarter, seconds, deadline in loads]
    done = run(made)
    assert 0 <= done.late <= 100 * len(made)
    generous = run([load(quarter, seconds) for quarter, seconds, _ in loads])
    assert generous.late == 0
    if generous.finish is not None:
        first = min(each.first for each in made if each.seconds)
        assert generous.finish >= first + sum(each.seconds for each in made) - 1
