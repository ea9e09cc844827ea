"""The parts of the trial of a steady flow that can be told from afar."""

from tests.soak.memory import growth


def test_growth_is_told_from_the_end_of_the_warm_up() -> None:
    samples = [{"web": 50}] * 40 + [{"web": 100}] * 30 + [{"web": 104}] * 30
    assert growth(samples, 0.4) == {"web": (104 / 1e6, 4.0)}
