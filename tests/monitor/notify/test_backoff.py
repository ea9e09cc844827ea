"""When a failed notice is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.monitor.channels.outcome import Outcome
from giftpulse.monitor.notify.backoff import Policy, next_attempt

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAILED = Outcome(delivered=False, status=500)
STUBBORN = Policy(retries=100)


def middle() -> float:
    return 0.5


def wait(attempt: int, outcome: Outcome = FAILED, policy: Policy = STUBBORN) -> float:
    at = next_attempt(attempt, NOW, outcome, policy, middle)
    assert at is not None
    return (at - NOW).total_seconds()


def test_follows_the_schedule_and_repeats_its_end() -> None:
    assert [wait(n) for n in range(1, 10)] == [5, 30, 120, 600, 1800, 7200, 18000, 18000, 18000]


def test_three_retries_are_four_attempts() -> None:
    made = [next_attempt(n, NOW, FAILED, Policy(), middle) is not None for n in range(1, 6)]
    assert made == [True, True, True, False, False]
    assert next_attempt(1, NOW, FAILED, Policy(retries=0), middle) is None


@pytest.mark.parametrize(
    "outcome", [Outcome(delivered=True), Outcome(delivered=False, permanent=True), Outcome(True, retry_only=())]
)
def test_nothing_follows_success_or_a_final_failure(outcome: Outcome) -> None:
    assert next_attempt(1, NOW, outcome, Policy(), middle) is None


def test_a_silent_receiver_gets_a_minute() -> None:
    silent = Outcome(delivered=False, slow_down=True)
    assert wait(1, silent) == pytest.approx(66)
    assert wait(4, silent) == 600


def test_honours_what_the_receiver_asks_within_reason() -> None:
    def asked(**by: float) -> Outcome:
        return Outcome(delivered=False, status=429, slow_down=True, retry_after=timedelta(**by))

    assert wait(1, asked(seconds=20)) == pytest.approx(22)
    assert wait(1, asked(seconds=0)) == 5
    assert wait(3, asked(seconds=1)) == 120
    assert wait(1, asked(days=300)) == pytest.approx(3960)


def test_gives_up_when_the_news_is_old() -> None:
    created = NOW - timedelta(hours=24) + timedelta(seconds=10)
    assert next_attempt(1, NOW, FAILED, STUBBORN, middle, created) == NOW + timedelta(seconds=5)
    assert next_attempt(2, NOW, FAILED, STUBBORN, middle, created) is None


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True), st.integers(0, 10**6) | st.none(), st.booleans())
def test_the_wait_is_always_near_the_plan(attempt: int, chance: float, asked: int | None, slow: bool) -> None:
    retry_after = None if asked is None else timedelta(seconds=asked)
    outcome = Outcome(delivered=False, retry_after=retry_after, slow_down=slow)
    at = next_attempt(attempt, NOW, outcome, STUBBORN, lambda: chance)
    assert at is not None
    planned = STUBBORN.schedule[min(attempt, len(STUBBORN.schedule)) - 1]
    least = max(planned * 0.8, min(retry_after or timedelta(), STUBBORN.longest_asked))
    most = max(planned, STUBBORN.longest_asked if retry_after is not None else STUBBORN.floor) * 1.2
    assert least <= at - NOW <= most
