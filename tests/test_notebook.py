"""The notebook: news at once, the rest every 30 seconds, and nothing that was counted is lost."""

import pytest

from giftpulse.ground import clock, runs
from giftpulse.ground.site import Site
from giftpulse.timetable import Notebook


def stored(site: Site, name: str = "watch") -> runs.RoundRun:
    with site.database.read() as session:
        return runs.all_runs(session)[name]


def test_runs_are_gathered_and_written_together(site: Site, time: clock.Stopped) -> None:
    notebook = Notebook(site)
    for _ in range(5):
        notebook.note("watch", None, 0.02)
    assert stored(site).runs == 1
    time.move(seconds=30)
    notebook.note("watch", None, 0.02, more=True)
    run = stored(site)
    assert (run.runs, run.failed, run.more, run.last_run_at) == (6, 0, True, clock.now())
    assert runs.durations_of(run)[1] == 6


def test_a_failure_and_its_end_are_written_at_once(site: Site, time: clock.Stopped) -> None:
    notebook = Notebook(site)
    notebook.note("watch", None, 1.0)
    notebook.note("watch", "OSError: no way", 1.0)
    assert (stored(site).failures, stored(site).failed, stored(site).runs) == (1, 1, 2)
    notebook.note("watch", None, 1.0)
    assert (stored(site).failures, stored(site).failed, stored(site).runs) == (0, 1, 3)


def test_what_waits_is_written_at_the_end(site: Site, time: clock.Stopped) -> None:
    notebook = Notebook(site)
    for _ in range(3):
        notebook.note("watch", None, 1.0)
    notebook.close()
    notebook.close()
    assert stored(site).runs == 3


def test_two_processes_count_together(site: Site) -> None:
    for notebook in (Notebook(site), Notebook(site)):
        notebook.note("watch", None, 1.0)
    assert (stored(site).runs, stored(site).seconds) == (2, 2.0)


def test_a_round_that_stays_is_alive_and_has_no_runs(site: Site, time: clock.Stopped) -> None:
    notebook = Notebook(site)
    notebook.alive("notify")
    time.move(seconds=31)
    notebook.alive("notify")
    assert (stored(site, "notify").runs, stored(site, "notify").last_run_at) == (0, clock.now())


def test_what_could_not_be_written_is_counted_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook(site)

    def fails(*_: object) -> None:
        raise OSError("no disk")

    with monkeypatch.context() as broken:
        broken.setattr(runs, "note", fails)
        with pytest.raises(OSError):
            notebook.note("watch", None, 1.0)
    notebook.note("watch", None, 1.0)
    assert stored(site).runs == 2
