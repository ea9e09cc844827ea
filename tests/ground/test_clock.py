"""The one clock."""

from datetime import UTC, datetime, timedelta, timezone

from giftpulse.ground import clock
from tests.make import NOON


def test_it_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC


def test_it_can_be_stopped_and_moved_and_goes_on_after() -> None:
    with clock.stopped(NOON) as stopped:
        assert clock.now() == clock.now() == NOON
        assert stopped.move(minutes=5, seconds=1) == clock.now() == NOON + timedelta(minutes=5, seconds=1)
    assert clock.now() != NOON


def test_stopped_within_stopped() -> None:
    with clock.stopped(NOON):
        with clock.stopped(NOON + timedelta(days=1)):
            assert clock.now() == clock.unmoved() == NOON + timedelta(days=1)
        assert clock.now() == NOON


def test_it_stays_in_utc_wherever_it_was_stopped() -> None:
    with clock.stopped(datetime(2026, 11, 20, 5, tzinfo=timezone(timedelta(hours=-7)))):
        assert clock.now() == NOON
        assert clock.now().utcoffset() == timedelta(0)


def test_a_moved_clock_runs_on() -> None:
    with clock.stopped(NOON) as stopped:
        with clock.moved(timedelta(hours=-3)):
            assert clock.now() == NOON - timedelta(hours=3)
            stopped.move(minutes=1)
            assert clock.now() == NOON - timedelta(hours=3) + timedelta(minutes=1)
            assert clock.unmoved() == NOON + timedelta(minutes=1)
        assert clock.now() == NOON + timedelta(minutes=1)
