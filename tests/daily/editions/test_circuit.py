"""How long a failing service is left alone."""

from datetime import timedelta

from giftpulse.daily.editions.circuit import FIRST_REST, LONGEST_REST, Circuit, is_soon
from tests.make import NOON

SECOND = timedelta(seconds=1)


def test_a_well_service_is_asked() -> None:
    assert Circuit().open_reason(NOON) is None


def test_each_failure_in_a_row_doubles_the_rest_up_to_half_an_hour() -> None:
    circuit, now, rests = Circuit(), NOON, []
    for _ in range(8):
        circuit.failed(now, "it is down")
        begun = now
        while circuit.open_reason(now):
            now += SECOND
        rests.append(now - begun)
    assert rests[:4] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST, 8 * FIRST_REST]
    assert rests[-2:] == [LONGEST_REST, LONGEST_REST]


def test_success_begins_anew() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.failed(NOON, "it is down")
    circuit.succeeded()
    assert circuit.open_reason(NOON) is None
    circuit.failed(NOON, "it is down")
    assert circuit.open_reason(NOON + FIRST_REST) is None


def test_what_it_asked_for_is_kept_and_told() -> None:
    circuit = Circuit()
    circuit.failed(NOON, "it limits us", timedelta(minutes=10))
    reason = circuit.open_reason(NOON + timedelta(minutes=9))
    assert reason == "it limits us; not asked again before 12:10:00 UTC"
    circuit.failed(NOON + SECOND, "of somebody who asked before")
    assert circuit.open_reason(NOON + timedelta(minutes=10)) is None


def test_soon_is_less_than_half_a_day() -> None:
    assert is_soon(NOON + timedelta(hours=12) - SECOND, NOON)
    assert not is_soon(NOON + timedelta(hours=12), NOON)
    assert is_soon(NOON - timedelta(hours=1), NOON), "the window is open already"
