"""The two ways of running it: in a thread, and as a process of its own."""

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from giftpulse.simulator import RunningSimulator, SimulatorConfig, running

_PROGRAM = """
from giftpulse.simulator import SimulatorConfig, serve
serve(SimulatorConfig(speed=10), ready=lambda url: print(url, flush=True), begin=lambda sim: sim.traffic(50))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_of_its_own_ends_when_it_is_asked_to(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _PROGRAM], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert requests.get(url + "/_simulator/state", timeout=10).json()["speed"] == 10
        process.send_signal(how)
        assert process.wait(10) == 0


def test_two_at_once_know_nothing_of_each_other() -> None:
    with running() as one, running(SimulatorConfig(seed=2)) as other:
        one.add_messages(3)
        assert one.url != other.url
        assert other.state()["accounts"][other.account_sid]["messages"] == 0


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=str(taken.getsockname()[1])):
        RunningSimulator(port=taken.getsockname()[1]).start()


def test_what_is_raised_there_is_raised_here() -> None:
    with running() as sim, pytest.raises(ZeroDivisionError):
        sim.do(lambda simulator: 1 // 0)


def test_stopping_does_not_wait_for_webhooks_on_their_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole, running(SimulatorConfig(speed=0)) as sim:
        sim.receive("+1", "+12065550111", "hi", url=f"http://127.0.0.1:{hole.getsockname()[1]}/")
    sim.stop()
