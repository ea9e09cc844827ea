"""When a first slice passes, and when a sender has to rest."""

from datetime import timedelta

import pytest

from giftpulse.daily.delivery.health import PATIENCE, Tally, judge_sender, judge_slice
from tests.make import NOON


@pytest.mark.parametrize(
    ("tally", "full", "later", "passed"),
    [
        (Tally(good=0, bad=0, open=20), False, 0, None),
        (Tally(good=16, bad=0, open=4), True, 1, True),
        (Tally(good=15, bad=0, open=5), True, 1, None),
        (Tally(good=15, bad=0, open=5), True, 10, True),
        (Tally(good=0, bad=0, open=20), True, 10, None),
        (Tally(good=0, bad=0, open=5, sent=15), True, 10, True),
        (Tally(good=6, bad=4, open=10), False, 0, False),
        (Tally(good=15, bad=5, open=0), True, 1, True),
        (Tally(good=14, bad=6, open=0), True, 1, False),
        (Tally(good=1, bad=3, open=16), True, 1, None),
    ],
)
def test_a_first_slice_passes_by_outcomes_or_by_time(tally: Tally, full: bool, later: int, passed: bool | None) -> None:
    verdict = judge_slice(20, tally, NOON if full else None, NOON + timedelta(minutes=later))
    assert verdict.passed is passed
    assert f"{tally.good} of the first 20 arrived" in verdict.reason
    assert timedelta(minutes=10) == PATIENCE


def test_a_sender_rests_when_more_than_half_of_enough_texts_fail() -> None:
    assert judge_sender(Tally(good=9, bad=10)) is None
    assert judge_sender(Tally(good=10, bad=10)) is None
    assert judge_sender(Tally(good=9, bad=11)) == "11 of its last 20 texts failed within 10 minutes"
