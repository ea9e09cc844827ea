"""docs/scale.md shows what the simulation of the queues says."""

import pytest

from bench import queueing
from bench.queueing import DOORS, MESSAGES_A_DAY, WATCH, Station, arrivals
from tests.docs.pages import table

PAGE = "docs/scale.md"


@pytest.mark.parametrize(("mark", "station"), [("doors", DOORS), ("watch", WATCH)])
def test_the_tables_are_those_of_the_simulation(mark: str, station: Station) -> None:
    assert table(PAGE, mark) == [row.cells() for row in queueing.table(station)]


def test_a_day_of_the_simulation_has_the_messages_of_a_day() -> None:
    """Twelve minutes for 24 hours: a 120th of them, and what the bursts add."""
    whole = sum(number for _, number in arrivals(MESSAGES_A_DAY))
    bursts = 1 + (3.0 - 1) * 5 / 30
    assert whole == pytest.approx(MESSAGES_A_DAY / 120 * bursts, rel=0.01)


def test_one_server_serves_one_after_the_other() -> None:
    station = Station("of a test", fixed=1.0, each=0.5, at_most=2, items_a_message=1, counts=(1,))
    row = queueing.serve([(0.0, 1), (0.5, 1), (0.6, 1), (0.7, 1)], station, 1)
    # Done at 1.5; then two at 3.5, and the last at 5.0.
    assert row.p50 == pytest.approx(2.9)
    assert row.p99 == pytest.approx(4.3)
