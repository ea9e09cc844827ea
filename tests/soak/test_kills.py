"""The short form of the trial of killed senders, on both databases."""

import pytest

from tests.soak import kills


@pytest.mark.timeout(300)
def test_senders_that_are_killed_send_nobody_two_and_nobody_none(database_url: str) -> None:
    verdict = kills.run(database_url, people=400, kills=6, seed=7)
    kills.check(verdict)
    assert verdict.kills == 6, "senders were killed while nothing was on its way"
    assert verdict.settled > 0, "nothing was lost, so nothing was tried"
