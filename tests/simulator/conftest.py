"""A simulator whose time stands still until a test moves it, the official SDK, and a webhook receiver."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from giftpulse.simulator import RunningSimulator, SimulatorConfig, running
from tests.simulator.receiver import Inbox, official, receiving


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as box:
        yield box


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    with running(SimulatorConfig(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def client(sim: RunningSimulator) -> Iterator[Client]:
    sdk = official(sim)
    yield sdk
    sdk.http_client.session.close()
