"""The heartbeat: beats while all is well, is silent when it is not, and troubles nobody when it cannot be heard."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from giftpulse import heartbeat, timetable
from giftpulse.embedded import Embedded
from giftpulse.ground import clock, runs
from giftpulse.ground.errors import SettingsError
from giftpulse.ground.settings import load
from giftpulse.ground.site import Site
from giftpulse.health import check
from giftpulse.heartbeat import HeartbeatError
from giftpulse.timetable import find
from tests import make
from tests.receivers import Receiver, receiving

SECRET = "/ping/1b8c-secret"


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def beating(database_url: str) -> Iterator[Callable[[str], Site]]:
    made = []

    def make_one(url: str, **changes: object) -> Site:
        made.append(make.site(database_url, migrated=True, heartbeat_url=url, **changes))
        return made[-1]

    yield make_one
    for site in made:
        site.close()


def beat(site: Site) -> None:
    assert find("heartbeat").run(site) is False


def test_it_beats_while_all_is_well(beating: Callable[[str], Site], outside: Receiver) -> None:
    site = beating(outside.url + "?from=here")
    beat(site)
    beat(site)
    assert [(request.path, request.body) for request in outside.requests] == [("/hook?from=here", b"")] * 2


def test_it_is_silent_when_something_is_wrong(beating: Callable[[str], Site], outside: Receiver) -> None:
    site = beating(outside.url)
    with site.database.begin() as session:
        runs.note(session, "watch", clock.now() - timedelta(hours=1), None)
    beat(site)
    assert outside.requests == []
    with site.database.begin() as session:
        runs.note(session, "watch", clock.now(), None)
    beat(site)
    assert len(outside.requests) == 1


def test_it_is_silent_without_a_database(lite: Site, outside: Receiver, beating: Callable[[str], Site]) -> None:
    site = beating(outside.url)
    with site.database.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE round_runs RENAME TO elsewhere")
    beat(site)
    assert outside.requests == []


def test_without_an_address_there_is_nothing_to_do(lite: Site) -> None:
    beat(lite)


@pytest.mark.parametrize("status", [301, 404, 500])
def test_an_answer_that_is_none_is_an_error(beating: Callable[[str], Site], outside: Receiver, status: int) -> None:
    outside.answer = lambda _request: status
    with pytest.raises(HeartbeatError, match=f"answered with {status}"):
        beat(beating(outside.url))


def test_who_cannot_be_reached_is_an_error_without_the_address(beating: Callable[[str], Site]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(HeartbeatError) as raised:
        beat(beating(f"http://127.0.0.1:{port}{SECRET}"))
    assert "secret" not in str(raised.value)


def test_who_never_answers_is_given_up(beating: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TIMEOUT", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(HeartbeatError, match="Timeout"):
        beat(beating(f"http://127.0.0.1:{silent.getsockname()[1]}{SECRET}"))


@pytest.mark.parametrize("url", ["http://10.1.2.3/x-secret", "http://169.254.169.254/x-secret"])
def test_private_addresses_are_refused_as_for_webhooks(beating: Callable[[str], Site], url: str) -> None:
    with pytest.raises(HeartbeatError) as raised:
        beat(beating(url))
    assert "secret" not in str(raised.value)


def test_that_it_is_not_heard_is_noted_and_no_trouble_of_ours(
    beating: Callable[[str], Site], outside: Receiver
) -> None:
    outside.answer = lambda _request: 500
    site = beating(outside.url)
    with site.database.begin() as session:
        for _ in range(5):
            runs.note(session, "heartbeat", clock.now(), "the heartbeat was answered with 500")
    report = check(site)
    assert (report.status, report.rounds["heartbeat"].failures) == ("ok", 5)
    outside.answer = lambda _request: 204
    beat(site)
    assert len(outside.requests) == 1


def test_it_runs_in_the_service(beating: Callable[[str], Site], outside: Receiver) -> None:
    site = beating(outside.url)
    timetable.enrol(site)
    outside.answer = lambda _request: 500
    embedded = Embedded(site, (find("heartbeat"),))
    embedded.start()
    try:
        for _ in range(500):
            with site.database.read() as session:
                run = runs.all_runs(session).get("heartbeat")
            if run is not None:
                break
    finally:
        embedded.stop()
    assert run is not None
    assert run.last_error == "the heartbeat was answered with 500"


@pytest.mark.parametrize(
    "url", ["ftp://x.example/y", "x.example", "https://", "https://user:secret@x.example/", "http://a b"]
)
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match=r"HEARTBEAT_URL: expected an address") as raised:
        load(_env_file=None, heartbeat_url=url)
    assert "secret" not in str(raised.value)


def test_the_interval_is_that_of_the_settings() -> None:
    every = find("heartbeat").every
    assert every(load(_env_file=None)) == timedelta(seconds=60)
    assert every(load(_env_file=None, heartbeat_interval_seconds=10)) == timedelta(seconds=10)
