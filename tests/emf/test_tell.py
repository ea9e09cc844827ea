"""The round that writes metrics for CloudWatch: silent unless it is asked for, and true."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from giftpulse import timetable
from giftpulse.daily.outbox.models import PLANNED, Delivery, delivery_id
from giftpulse.daily.programs import holds
from giftpulse.daily.programs import store as programs
from giftpulse.emf.tell import installation
from giftpulse.ground import clock, runs
from giftpulse.ground.settings import load
from giftpulse.ground.site import Site
from giftpulse.logs.models import LogCursor
from giftpulse.timetable import find
from tests import make
from tests.docs.pages import table
from tests.emf.test_lines import read
from tests.web import seeded

SENDER = "+15005550006"
Told = Callable[[Site], dict[tuple[str, str], Any]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Runs the round; answers value by name of metric and value of its own dimension."""

    def run(site: Site) -> dict[tuple[str, str], Any]:
        capsys.readouterr()
        assert find("emf").run(site) is False
        found = {}
        for text in capsys.readouterr().out.splitlines():
            document = read(text)
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            own = directive["Dimensions"][0][1:]
            for metric in directive["Metrics"]:
                found[metric["Name"], document[own[0]] if own else ""] = document[metric["Name"]]
        return found

    return run


@pytest.fixture
def telling(database_url: str) -> Any:
    site = make.site(database_url, migrated=True, metrics_emf=True, public_url="https://pulse.example.org/gift")
    timetable.enrol(site)
    yield site
    site.close()


def test_nothing_is_written_unless_it_is_asked_for(lite: Site, told: Told) -> None:
    assert told(lite) == {}


def test_the_page_tells_every_metric(telling: Site, told: Told) -> None:
    with telling.database.begin() as session:
        session.add(LogCursor(account_sid=make.ACCOUNT, resource="message", failures=0, watermark=clock.now()))
    assert {name for name, _ in told(telling)} == {row[0] for row in table("docs/operations.md", "emf")}


def test_a_new_installation_is_well_and_owes_nothing(telling: Site, told: Told) -> None:
    values = told(telling)
    assert values["Healthy", ""] == 1
    assert {name for (name, _), value in values.items() if value} == {"Healthy"}
    assert {own for name, own in values if name == "OwedOldestSeconds"} == {"match", "delivery", "inbound"}


def test_lags_are_those_of_lists_and_readers(telling: Site, told: Told, time: clock.Stopped) -> None:
    now = clock.now()
    with telling.database.begin() as session:
        for account, minutes in ((make.ACCOUNT, 1), ("AC" + "b" * 32, 2)):
            watermark = now - timedelta(minutes=minutes)
            session.add(LogCursor(account_sid=account, resource="call", failures=0, watermark=watermark))
    make.take(telling, make.message(at=now), now=now - timedelta(seconds=90))
    values = told(telling)
    assert values["SourceLagSeconds", "call"] == 120
    assert values["OwedOldestSeconds", "match"] == values["LagSeconds", ""] == 90
    assert values["OwedBatches", ""] >= 1


def test_failed_messages_are_those_of_the_last_minutes(telling: Site, told: Told, time: clock.Stopped) -> None:
    now = clock.now()
    for status, minutes in (("failed", 1), ("undelivered", 14), ("failed", 16), ("delivered", 1)):
        make.take(telling, make.message(status=status, at=now - timedelta(minutes=minutes)), now=now)
    assert told(telling)["FailedMessages", ""] == 2


def test_texts_that_something_holds_are_due_and_no_lag(telling: Site, told: Told, time: clock.Stopped) -> None:
    now = clock.now()
    with telling.database.begin() as session:
        program = programs.create(session, {"name": "Kind Words", "sender": SENDER}, now)
        session.flush()
        for person in (1, 2):
            session.add(
                Delivery(
                    id=delivery_id(person, now.date()), program_id=program.id, subscriber_id=person, audience_id=1,
                    local_date=now.date(), send_at=now - timedelta(seconds=50), window_end=now + timedelta(hours=1),
                    state=PLANNED, attempts=0,
                )
            )  # fmt: skip
    values = told(telling)
    assert (values["TextsDue", ""], values["TextsOldestDueSeconds", ""], values["LagSeconds", ""]) == (2, 50, 50)
    with telling.database.begin() as session:
        holds.hold(session, holds.ALL, holds.OPERATOR, "a test", now)
    values = told(telling)
    assert (values["TextsDue", ""], values["TextsOldestDueSeconds", ""], values["LagSeconds", ""]) == (2, 0, 0)


def test_rounds_that_fail_are_counted_and_make_it_unwell(telling: Site, told: Told) -> None:
    with telling.database.begin() as session:
        for _ in range(3):
            runs.note(session, "watch", clock.now(), "OSError: no way")
            runs.note(session, "heartbeat", clock.now(), "nobody listens")
    values = told(telling)
    assert (values["RoundsFailing", ""], values["Healthy", ""], values["Problems", ""]) == (1, 0, 1)


def test_notifications_that_wait_are_counted(telling: Site, told: Told) -> None:
    seeded.everything(telling)
    assert told(telling)["NotificationsPending", ""] >= 3


def test_without_a_database_it_says_that_it_is_unwell(telling: Site, told: Told) -> None:
    with telling.database.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE round_runs RENAME TO elsewhere")
    assert told(telling) == {("Healthy", ""): 0, ("Problems", ""): 1}


@pytest.mark.parametrize(
    ("url", "name"), [(None, "giftpulse"), ("https://pulse.example.org:8443/x", "pulse.example.org")]
)
def test_the_installation_is_called_by_its_host(url: str | None, name: str) -> None:
    assert installation(load(_env_file=None, public_url=url)) == name
