"""Where bodies may not be stored and the webhook was lost, Twilio is asked for the words: a STOP must be obeyed."""

from collections.abc import Iterator

import pytest

from giftpulse.daily.inbound import listen
from giftpulse.daily.inbound.recall import recall
from giftpulse.ground import clock
from giftpulse.ground.site import Site
from giftpulse.logs import pull
from giftpulse.simulator import ACCOUNT_SID, AUTH_TOKEN, MARKETING, RunningSimulator, SimulatorConfig, running
from tests import make
from tests.daily.inbound.texting import ANN, program, rows, statuses, subscribe

IN_SERVICE = "+12065550111"


@pytest.fixture
def twilio() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def discreet(twilio: RunningSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation that stores no bodies, with a program that texts from the service."""
    made = make.site(
        make.sqlite_url(tmp_path_factory.mktemp("discreet")),
        store_bodies=False,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_api_url=twilio.url,
        twilio_monitor_url=twilio.url,
    )
    listen.enrol(made)
    subscribe(made, program(made, sender=MARKETING))
    yield made
    made.close()


def test_a_stop_of_which_the_record_has_no_words_is_obeyed(twilio: RunningSimulator, discreet: Site) -> None:
    sid = twilio.receive(ANN, IN_SERVICE, "please stop")
    pull.pull(discreet)
    while listen.listen(discreet):
        pass
    assert statuses(discreet) == ["opted_out"]
    (row,) = rows(discreet)
    assert (row.message_sid, row.intent, row.body) == (sid, "stop", None)


def test_what_cannot_be_asked_now_is_asked_again(twilio: RunningSimulator, discreet: Site) -> None:
    with clock.stopped(clock.now()) as time:
        twilio.receive(ANN, IN_SERVICE, "please stop")
        pull.pull(discreet)
        twilio.order("unauthorized", times=3, path="/Messages/SM")
        assert not listen.listen(discreet)
        assert statuses(discreet) == ["active"]
        time.move(minutes=3)
        assert listen.listen(discreet)
    assert statuses(discreet) == ["opted_out"]


def test_a_message_that_is_gone_has_no_words(discreet: Site) -> None:
    assert recall(discreet, ["SM" + "0" * 32]) == {"SM" + "0" * 32: ""}


def test_nothing_is_asked_where_there_is_nobody_to_ask(lite: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert recall(lite, []) == {}
    url = make.sqlite_url(tmp_path_factory.mktemp("mute"))
    site = make.site(url, twilio_account_sid=None, twilio_auth_token=None)
    assert recall(site, ["SM1"]) == {}
    site.close()
