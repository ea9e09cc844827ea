"""A Twilio on loopback, spoken to over HTTP only. It knows nothing of our database.

``running(config)`` runs one in a thread, ``serve(config, host, port)`` in the main thread. What can be ordered is told
in ``faults`` (requests that go wrong), ``world.Mischief`` (callbacks), ``incidents`` and ``traffic``, ``fates`` (magic
numbers), and ``control`` (all of it over HTTP).
"""

from giftpulse.simulator.config import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    MARKETING,
    REMINDERS,
    SimulatedAccount,
    SimulatorConfig,
    Webhooks,
)
from giftpulse.simulator.faults import Fault
from giftpulse.simulator.incidents import SCRIPT, Incident
from giftpulse.simulator.running import RunningSimulator, running, serve
from giftpulse.simulator.simulator import Simulator
from giftpulse.simulator.traffic import Mix

__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "MARKETING",
    "REMINDERS",
    "SCRIPT",
    "Fault",
    "Incident",
    "Mix",
    "RunningSimulator",
    "SimulatedAccount",
    "Simulator",
    "SimulatorConfig",
    "Webhooks",
    "running",
    "serve",
]
