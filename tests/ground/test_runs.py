"""When each round ran, and how it went."""

import threading
from datetime import timedelta

from giftpulse.ground import runs
from giftpulse.ground.site import Site
from tests.make import NOON


def note(site: Site, error: str | None = None, minutes: int = 0) -> runs.RoundRun:
    with site.database.begin() as session:
        runs.note(session, "pull", NOON + timedelta(minutes=minutes), error)
    with site.database.read() as session:
        return runs.all_runs(session)["pull"]


def test_failures_are_counted_in_a_row_and_success_is_remembered(site: Site) -> None:
    assert note(site).last_success_at == NOON
    note(site, "OSError: no way", 1)
    failed = note(site, "OSError: still no way", 2)
    assert (failed.failures, failed.last_error) == (2, "OSError: still no way")
    assert (failed.last_run_at, failed.last_success_at) == (NOON + timedelta(minutes=2), NOON)
    well = note(site, None, 3)
    assert (well.failures, well.last_error, well.last_success_at) == (0, None, NOON + timedelta(minutes=3))


def test_a_first_run_that_fails_has_no_success(site: Site) -> None:
    assert note(site, "x").last_success_at is None


def test_an_endless_error_is_cut(site: Site) -> None:
    assert note(site, "x" * 5000).last_error == "x" * 1000


def test_what_was_counted_adds_up_over_all_processes(site: Site) -> None:
    for seconds, ok in ((0.005, True), (0.01, True), (2.0, False), (1000.0, True)):
        one = runs.Tally()
        one.count(seconds, ok=ok, more=seconds > 1)
        with site.database.begin() as session:
            runs.note(session, "pull", NOON, None, one)
    run = note(site)
    assert (run.runs, run.failed, run.seconds, run.more) == (4, 1, 1002.015, True)
    assert runs.durations_of(run) == [2, 0, 0, 0, 0, 1, 0, 0, 0, 1]


def test_a_run_that_was_not_measured_is_a_run_all_the_same() -> None:
    tally = runs.Tally()
    tally.count(None, ok=False, more=False)
    assert (tally.runs, tally.failed, tally.seconds, sum(tally.durations)) == (1, 1, 0.0, 0)


def test_processes_that_start_at_once_count_in_one_row(site: Site) -> None:
    """A round that never ran has no row yet: whoever is first adds it, and no run is lost for the others."""
    together, troubles = threading.Barrier(6), list[Exception]()

    def run() -> None:
        tally = runs.Tally()
        tally.count(0.2, ok=True, more=False)
        together.wait()
        try:
            with site.database.begin() as session:
                runs.note(session, "pull", NOON, None, tally)
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    with site.database.read() as session:
        assert runs.all_runs(session)["pull"].runs == 6
