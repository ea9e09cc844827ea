"""When each round ran, and how it went."""

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
