"""Health over HTTP: 200 when we see, 503 with what is wrong, never a secret."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from giftpulse.daily.programs import holds
from giftpulse.ground import clock, runs
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogCursor
from giftpulse.timetable import ROUNDS
from tests import make
from tests.service import Service, serving
from tests.web import seeded


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    with serving(site) as running:
        yield running


@pytest.mark.parametrize("path", ["/health", "/api/health"])
def test_a_new_installation_is_well(service: Service, path: str) -> None:
    status, report = service.call("GET", path, token=None)
    assert status == 200
    assert (report["status"], report["database"], report["problems"]) == ("ok", "ok", [])
    assert set(report["rounds"]) == {each.name for each in ROUNDS}
    assert report["owed"] == {"delivery": 0, "inbound": 0, "match": 0}
    assert report["rounds"]["watch"] == {"last_run_at": None, "lag_seconds": None, "failures": 0}


def test_it_tells_what_waits(service: Service) -> None:
    seeded.everything(service.site)
    make.take(service.site, make.message(), now=clock.now())
    report = service.get("/health")
    assert report["batches_owed"] == report["owed"]["match"] == 1
    assert report["owed"]["delivery"] >= 1
    assert report["notifications_pending"] >= 3


def test_a_round_that_ran_tells_its_lag(service: Service) -> None:
    with service.site.database.begin() as session:
        runs.note(session, "watch", clock.now() - timedelta(seconds=10), None)
    report = service.get("/health")
    assert 10 <= report["rounds"]["watch"]["lag_seconds"] < 60
    assert report["status"] == "ok"


def test_a_round_that_stopped_is_a_failure(service: Service) -> None:
    with service.site.database.begin() as session:
        runs.note(session, "watch", clock.now() - timedelta(hours=1), None)
    status, report = service.call("GET", "/health", token=None)
    assert (status, report["status"]) == (503, "failing")
    (problem,) = report["problems"]
    assert "'watch' has not run" in problem


def test_a_round_that_fails_again_and_again_is_a_failure(service: Service) -> None:
    for _ in range(3):
        with service.site.database.begin() as session:
            runs.note(session, "pull", clock.now(), "OSError: password=hunter22")
    status, report = service.call("GET", "/health", token=None)
    assert status == 503
    assert report["problems"] == ["the round 'pull' failed 3 times in a row"]
    assert "hunter22" not in seeded.shown(report)


def test_being_blind_for_one_resource_is_a_failure(service: Service) -> None:
    now = clock.now()
    with service.site.database.begin() as session:
        for resource, failures, seen in (("message", 0, timedelta()), ("alert", 4, timedelta(days=1))):
            session.add(LogCursor(account_sid=make.ACCOUNT, resource=resource, failures=failures, watermark=now - seen))
    status, report = service.call("GET", "/health", token=None)
    assert status == 503
    assert report["problems"] == ["alerts could not be fetched (failures in a row: 4)"]
    assert [(s["resource"], s["failures"]) for s in report["sources"]] == [("alert", 4), ("message", 0)]


def test_without_a_database_it_is_503_and_names_no_address(tmp_path: Path) -> None:
    home = tmp_path / "secretplace"
    home.mkdir()
    with closing(make.site(make.sqlite_url(home))) as site, serving(site) as service:
        assert service.call("GET", "/health", token=None)[0] == 200
        with site.database.begin() as session:
            session.connection().exec_driver_sql("ALTER TABLE round_runs RENAME TO elsewhere")
        status, report = service.call("GET", "/health", token=None)
        assert (status, report["database"], report["status"]) == (503, "failing", "failing")
        assert "secretplace" not in seeded.shown(report)
        assert make.TOKEN not in seeded.shown(report)


def test_a_reader_that_is_behind_is_a_failure(service: Service) -> None:
    make.take(service.site, make.message(), now=clock.now() - timedelta(minutes=6))
    status, report = service.call("GET", "/health", token=None)
    assert status == 503
    assert [problem.split(" s for ")[1] for problem in report["problems"]] == [
        "the outbox to see them", "those who answer people to see them", "the rules to see them",
    ]  # fmt: skip


def test_an_account_that_holds_all_texts_is_a_failure(service: Service) -> None:
    with service.site.database.begin() as session:
        holds.hold(session, holds.ALL, holds.ACCOUNT, "20003: the key is not right", clock.now())
    status, report = service.call("GET", "/health", token=None)
    (problem,) = report["problems"]
    assert (status, problem.startswith("all texts are held since ")) == (503, True)
    assert problem.endswith("20003: the key is not right")


def test_a_process_that_answers_is_alive_whatever_else_is_wrong(service: Service) -> None:
    with service.site.database.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE round_runs RENAME TO elsewhere")
    assert service.call("GET", "/health", token=None)[0] == 503
    assert service.call("GET", "/alive", token=None) == (200, {"status": "ok"})
