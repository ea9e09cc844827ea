"""The short form of the trial: each kind of blow at least once, then everything at once."""

import logging

import pytest

from tests.chaos import trial
from tests.chaos.trial import Wishes


@pytest.mark.timeout(240)
def test_a_fleet_that_is_killed_in_every_way_loses_nothing_and_does_nothing_twice() -> None:
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    wishes = Wishes(seconds=15, seed=11, people=60, pause=(0.2, 2.0), hasten=True, patience=60)
    outcome = trial.run(wishes, lambda _line: None)
    assert [line for line in outcome.lines if not line.good] == []
